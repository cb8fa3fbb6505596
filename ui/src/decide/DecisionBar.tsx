/**
 * The controls, after the evidence: Reject on the left, Approve apart on the right, and only what can work. Enter never
 * approves, and nothing here ever takes the focus by itself.
 */
import { Button } from "@mui/material";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import type { ApprovalView, ConsoleState, OutboxItem } from "../api/types";
import { targetName, type Reading } from "../detail/material";
import { useParts } from "../state/console";
import { ApproveDialog } from "./ApproveDialog";
import { braking, noteApproved } from "./brake";
import styles from "./decide.module.css";
import { eligibility, type Friction } from "./eligibility";
import { ignoreEnter } from "./enter";
import { holdBack, undo, useHeld } from "./held";
import { RejectDialog } from "./RejectDialog";
import { reaches } from "./repeat";
import { t } from "./texts";
import type { Decision } from "./useDecision";

/** What the brake makes of a friction. */
const slower = (friction: Friction): Friction => (friction === "typed" ? "typed" : "hold");

/** What a key press may do here; each does no more than the button it stands for. */
export interface Controls {
  approve(): void;
  reject(): void;
}

interface Props {
  view: ApprovalView;
  console: ConsoleState;
  reading: Reading;
  now: number;
  /** The end of what will run has been in view. */
  seen: boolean;
  onShowAll: () => void;
  controls: Ref<Controls>;
  onDeciding: (open: boolean) => void;
  unsent: OutboxItem | undefined;
  decision: Decision;
}

export function DecisionBar(props: Props) {
  const { view, console, reading, now, seen, onShowAll, controls, onDeciding, unsent, decision } = props;
  const { kind } = useParts().client.transport;
  const [open, setOpen] = useState<"approve" | "reject" | null>(null);
  const may = eligibility(view, { console, kind, problems: reading.problems, now });
  const brake = braking();
  const approve = may.approve && brake ? { ...may.approve, friction: slower(may.approve.friction) } : may.approve;
  const repeats = reaches(view, reading.material);
  const heldBack = useHeld().some((held) => held.approvalId === view.id);
  const opened = useRef(0);
  useEffect(() => {
    opened.current = performance.now();
  }, []);
  const openMs = () => performance.now() - opened.current;
  const approveNow = () => {
    const read = openMs();
    holdBack(view.id, view.title, () => {
      noteApproved(read);
      decision.decide("approve", "");
    });
  };
  const waitsToBeSent = unsent !== undefined && (unsent.state === "unsent" || unsent.state === "sending");
  const idle = !decision.busy && !waitsToBeSent && decision.outcome?.state !== "queued";
  // An approve that is recorded may still be followed by a reject, but not by itself.
  const fresh = idle && !heldBack && decision.outcome?.state !== "recorded";

  const show = (what: "approve" | "reject" | null) => {
    // Who opens the other answer has taken this one back.
    if (what === "reject") undo(view.id);
    setOpen(what);
    onDeciding(what !== null);
  };
  const pressApprove = () => {
    if (!approve || !fresh) return;
    if (!seen) onShowAll();
    else if (approve.friction === "click") approveNow();
    else show("approve");
  };
  useImperativeHandle(controls, () => ({
    approve: pressApprove,
    reject: () => {
      if (may.reject && idle) show("reject");
    },
  }));

  // What was allowed when the dialog opened may have stopped being so.
  const dialog = open === "approve" && !approve ? null : open;
  return (
    <div className={styles.bar} role="group" aria-label="Decision">
      {brake && approve && (
        <p className={styles.brake} role="status" data-testid="brake">
          {t(brake.why === "many" ? "brake_many" : "brake_unread", { count: brake.count, seconds: brake.seconds })}
        </p>
      )}
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
        {approve && seen && (
          <Button
            variant="contained"
            data-testid="approve"
            disabled={!fresh}
            onKeyDown={ignoreEnter}
            onClick={pressApprove}
          >
            {approve.friction === "click" ? "Approve once" : "Approve once…"}
          </Button>
        )}
        {approve && seen && approve.friction === "click" && repeats.length > 0 && (
          <Button variant="outlined" data-testid="repeat" disabled={!fresh} onKeyDown={ignoreEnter} onClick={() => show("approve")}>
            Let it repeat…
          </Button>
        )}
        {approve && !seen && (
          <Button variant="outlined" color="inherit" data-testid="read-on" onClick={onShowAll}>
            Read on to approve ↓
          </Button>
        )}
      </div>
      {dialog === "approve" && approve && (
        <ApproveDialog
          view={view}
          friction={approve.friction === "click" ? "dialog" : approve.friction}
          passphrase={approve.passphrase}
          target={targetName(reading.material)}
          repeats={repeats}
          onCancel={() => show(null)}
          onApprove={(reason, passphrase, scope) => {
            show(null);
            noteApproved(openMs());
            decision.decide("approve", reason, passphrase, scope);
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
