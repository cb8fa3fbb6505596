/** What became of the last decision, or of one that waits in the outbox. */
import type { ReactNode } from "react";
import { explain } from "../api/problem";
import type { OutboxItem, Outcome } from "../api/types";
import styles from "./decide.module.css";

interface Props {
  outcome: Outcome | null;
  unsent: OutboxItem | undefined;
}

export function Told({ outcome, unsent }: Props) {
  if (outcome?.state === "refused") {
    return (
      <Line look={styles.refused} state="refused" role="alert" head="Your decision did not count.">
        {explain(outcome.code ?? "", outcome.message)}
      </Line>
    );
  }
  if (outcome?.state === "recorded" || unsent?.state === "recorded") {
    const at = outcome?.ledgerIndex;
    return (
      <Line look={styles.recorded} state="recorded" role="status" head={at == null ? "Recorded." : `Recorded #${at}.`}>
        Your vote is in the ledger.
      </Line>
    );
  }
  if (unsent?.state === "needs_you") {
    return (
      <Line look={styles.refused} state="needs_you" role="status" head="Your vote did not count.">
        {explain(unsent.code ?? "", unsent.message)}
      </Line>
    );
  }
  if (outcome?.state === "queued" || unsent) {
    return (
      <Line look={styles.queued} state="queued" role="status" head="Signed here – not in effect until sent.">
        It is sent as soon as the server answers; you can withdraw it under Unsent.
      </Line>
    );
  }
  return null;
}

interface LineProps {
  look: string | undefined;
  state: string;
  role: "alert" | "status";
  head: string;
  children: ReactNode;
}

function Line({ look, state, role, head, children }: LineProps) {
  return (
    <div className={styles.told}>
      <p className={look} role={role} data-testid="outcome" data-state={state}>
        <b>{head}</b> {children}
      </p>
    </div>
  );
}
