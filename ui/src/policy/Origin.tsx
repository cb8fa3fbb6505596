/** Where a value comes from; grey while it is inherited, said so while it is changed. */
import { sourceWords } from "./lines";
import styles from "./policy.module.css";
import { t } from "./texts";

export function Origin({ from, changed }: { from: string | undefined; changed: boolean }) {
  if (changed) return <span className={styles.origin} data-changed="true">{t("unsaved")}</span>;
  return from === undefined ? null : <span className={styles.origin}>{t("from", { source: sourceWords(from) })}</span>;
}
