/** Says that something was copied, or that it could not be. */
import { useCopied } from "./copy";
import styles from "./shell.module.css";
import { t } from "./texts";

export function Copied() {
  const copied = useCopied();
  return (
    <div role="status" className={styles.copied} data-testid="copied">
      {copied !== null && <span>{t(copied ? "copied" : "not_copied")}</span>}
    </div>
  );
}
