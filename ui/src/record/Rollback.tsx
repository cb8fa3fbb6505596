/** Whether what ran can be undone from here. Nothing is offered that nobody would carry out. */
import type { AuditEntry } from "../api/types";
import { payloadOf } from "./entry";
import styles from "./record.module.css";
import { t } from "./texts";

const RAN = new Set(["execution_started", "execution_finished"]);

/** Why there is nothing to undo, or that this server cannot. */
export function rollbackWords(entry: AuditEntry): string | null {
  if (!RAN.has(entry.kind)) return null;
  if (entry.kind === "execution_finished" && payloadOf(entry)["outcome"] !== "succeeded") return t("rollback_failed");
  return t("rollback_none");
}

export function Rollback({ entry }: { entry: AuditEntry }) {
  const words = rollbackWords(entry);
  if (words === null) return null;
  return (
    <section aria-label={t("rollback")} data-testid="rollback">
      <h3>{t("rollback")}</h3>
      <p className={styles.hint}>{words}</p>
    </section>
  );
}
