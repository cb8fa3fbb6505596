/**
 * The controls, after the evidence: Reject on the left, Approve apart on the right, and only what can work. Enter never
 * approves, and nothing here ever takes the focus by itself.
 */
import { Button } from "@mui/material";
import { useEffect, useState } from "react";
import { explain } from "../api/problem";
import type { ApprovalView, ConsoleState, OutboxItem, Outcome } from "../api/types";
import { targetName, type Reading } from "../detail/material";
import type { Intent } from "../queue/QueueScreen";
import { useParts } from "../state/console";
import { ApproveDialog } from "./ApproveDialog";
import styles from "./decide.module.css";
import { eligibility } from "./eligibility";
import { ignoreEnter } from "./enter";
import { RejectDialog } from "./RejectDialog";
import { useDecision } from "./useDecision";

interface Props {
  view: ApprovalView;
  console: ConsoleState;
  reading: Reading;
  now: number;
  /** The end of what will run has been in view. */
  seen: boolean;
  onShowAll: () => void;
  intent: Intent;
  onIntentTaken: () => void;
  onDeciding: (open: boolean) => void;
  unsent: OutboxItem | undefined;
}

export function DecisionBar(props: Props) {
  const { view, console, reading, now, seen, onShowAll, intent, onIntentTaken, onDeciding, unsent } = props;
  const { kind } = useParts().client.transport;
  const decision = useDecision(view);
  const [open, setOpen] = useState<"approve" | "reject" | null>(null);
  const may = eligibility(view, { console, kind, problems: reading.problems, now });
  const { approve } = may;
  const waitsToBeSent = unsent !== undefined && (unsent.state === "unsent" || unsent.state === "sending");
  const idle = !decision.busy && !waitsToBeSent && decision.outcome?.state !== "queued";

  const show = (what: "approve" | "reject" | null) => {
    setOpen(what);
    onDeciding(what !== null);
  };
  const pressApprove = () => {
    if (!approve || !idle) return;
    if (!seen) onShowAll();
    else if (approve.friction === "click") decision.decide("approve", "");
    else show("approve");
  };
  useEffect(() => {
    if (intent === null) return;
    onIntentTaken();
    if (intent === "approve") pressApprove();
    else if (may.reject && idle) show("reject");
  });

  // What was allowed when the dialog opened may have stopped being so.
  const dialog = open === "approve" && !approve ? null : open;
  return (
    <div className={styles.bar} role="group" aria-label="Decision">
      <Told outcome={decision.outcome} unsent={unsent} />
      {may.why.length > 0 && (
        <ul className={styles.why} data-testid="why-not">
          {may.why.map((why) => (
            <li key={why}>{why}</li>
          ))}
        </ul>
      )}
      <div className={styles.buttons}>
        {may.reject && (
          <Button
            variant="outlined"
            color="error"
            data-testid="reject"
            disabled={!idle}
            onClick={() => show("reject")}
          >
            Reject…
          </Button>
        )}
        <span className={styles.busy} role="status">
          {decision.busy && "Signing and sending…"}
        </span>
        {approve && (
          <Button
            variant="contained"
            data-testid="approve"
            disabled={!idle}
            aria-disabled={!seen}
            color={seen ? "primary" : "inherit"}
            onKeyDown={ignoreEnter}
            onClick={pressApprove}
          >
            {seen ? (approve.friction === "click" ? "Approve once" : "Approve once…") : "Read on to approve ↓"}
          </Button>
        )}
      </div>
      {dialog === "approve" && approve && (
        <ApproveDialog
          view={view}
          friction={approve.friction}
          passphrase={approve.passphrase}
          target={targetName(reading.material)}
          onCancel={() => show(null)}
          onApprove={(reason, passphrase) => {
            show(null);
            decision.decide("approve", reason, passphrase);
          }}
        />
      )}
      {dialog === "reject" && may.reject && (
        <RejectDialog
          view={view}
          onCancel={() => show(null)}
          onReject={(reason) => {
            show(null);
            decision.decide("reject", reason);
          }}
        />
      )}
    </div>
  );
}

/** What became of the last decision, or of one that waits in the outbox. */
function Told({ outcome, unsent }: { outcome: Outcome | null; unsent: OutboxItem | undefined }) {
  if (outcome?.state === "refused") {
    return (
      <p className={styles.refused} role="alert" data-testid="outcome" data-state="refused">
        <b>Your decision did not count.</b> {explain(outcome.code ?? "", outcome.message)}
      </p>
    );
  }
  if (outcome?.state === "recorded") {
    return (
      <p className={styles.recorded} role="status" data-testid="outcome" data-state="recorded">
        <b>{outcome.ledgerIndex != null ? `Recorded #${outcome.ledgerIndex}.` : "Recorded."}</b>
      </p>
    );
  }
  if (unsent?.state === "needs_you") {
    return (
      <p className={styles.refused} role="status" data-testid="outcome" data-state="needs_you">
        <b>Your vote did not count.</b> {explain("", unsent.message)}
      </p>
    );
  }
  if (outcome?.state === "queued" || unsent?.state === "unsent" || unsent?.state === "sending") {
    return (
      <p className={styles.queued} role="status" data-testid="outcome" data-state="queued">
        <b>Signed here – not in effect until sent.</b> It is sent as soon as the server answers; you can withdraw it under Unsent.
      </p>
    );
  }
  return null;
}
