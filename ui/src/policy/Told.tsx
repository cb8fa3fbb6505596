/** What became of the last change, said once and left standing until it is closed. */
import { Alert } from "@mui/material";
import type { ReactNode } from "react";
import type { Answer } from "./calls";
import styles from "./policy.module.css";
import { t } from "./texts";

export type Told = { state: "saved"; version: number } | { state: "proposed" } | { state: "text"; text: string } | null;

export const toldOf = (answer: Answer<{ version: number }>): Told =>
  answer.state === "saved" ? { state: "saved", version: answer.now.version } : { state: "proposed" };

function ToldBand({ told, onClose }: { told: Told; onClose: () => void }) {
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

interface FootProps {
  told: Told;
  onClose: () => void;
  edits: boolean;
  /** Nothing is waiting to be saved. */
  idle: boolean;
  children: ReactNode;
}

/** What stays in view at the bottom: the last answer, and the draft with what can be done with it. */
export function Foot({ told, onClose, edits, idle, children }: FootProps) {
  return (
    <div className={styles.foot} data-idle={idle && told === null}>
      <ToldBand told={told} onClose={onClose} />
      {edits && (
        <div className={styles.bar} role="group" aria-label={t("draft")}>
          {children}
        </div>
      )}
    </div>
  );
}
