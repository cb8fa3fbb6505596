/** What became of the last change, said once and left standing until it is closed. */
import { Alert } from "@mui/material";
import type { Answer } from "./calls";
import styles from "./policy.module.css";
import { t } from "./texts";

export type Told = { state: "saved"; version: number } | { state: "proposed" } | { state: "text"; text: string } | null;

export const toldOf = (answer: Answer<{ version: number }>): Told =>
  answer.state === "saved" ? { state: "saved", version: answer.now.version } : { state: "proposed" };

export function ToldBand({ told, onClose }: { told: Told; onClose: () => void }) {
  return (
    <div role="status" className={styles.told}>
      {told && (
        <Alert severity={told.state === "saved" ? "success" : "info"} onClose={onClose} closeText={t("close")}>
          {told.state === "saved" && t("saved_as", { version: told.version })}
          {told.state === "text" && told.text}
          {told.state === "proposed" && (
            <>
              {t("proposed")} <a href="#/policy/proposals">{t("see_proposals")}</a>
            </>
          )}
        </Alert>
      )}
    </div>
  );
}
