/** What became of what this agent asked for lately. */
import type { ApprovalView } from "../api/types";
import { useBackground } from "./background";
import styles from "./detail.module.css";
import { t } from "./texts.run";

export function AgentRecord({ view }: { view: ApprovalView }) {
  const record = useBackground(view).found.data?.record;
  if (!record) return null;
  const { own_only: own, ...counts } = record;
  const none = counts.approved + counts.rejected + counts.expired + counts.rolled_back === 0;
  return (
    <p className={styles.note} data-testid="agent-record">
      {t(none ? "record_none" : "record", counts)} {own === true && t("record_own")}
    </p>
  );
}
