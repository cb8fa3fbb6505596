/**
 * The controls, after the evidence: Reject on the left, Approve apart on the right, and only what can work. Enter never
 * approves, and nothing here ever takes the focus by itself.
 */
import { Button } from "@mui/material";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import type { ApprovalView, ConsoleState, OutboxItem } from "../api/types";
import { targetName, type Reading } from "../detail/material";
import { useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { ApproveDialog } from "./ApproveDialog";
import { noteApproved, useBraking } from "./brake";
import styles from "./decide.module.css";
import { eligibility, type Friction } from "./eligibility";
import { ignoreEnter } from "./enter";
import { holdBack, undo, useHeld } from "./held";
import { More, type Doing } from "./More";
import { RejectDialog } from "./RejectDialog";
import { reaches } from "./repeat";
import { forWhom, StandIn } from "./StandIn";
import { useStandsFor } from "./standIn";
import { t } from "./texts";
import type { Decision } from "./useDecision";
import { usePause } from "./usePause";

/** So many files are named in the bar. */
const NAMED = 3;

/** What the brake makes of a friction. */
const slower = (friction: Friction): Friction => (friction === "typed" ? "typed" : "hold");

/** What it becomes while files were not looked at: no press is enough. */
const unpassed = (friction: Friction): Friction => (friction === "click" ? "dialog" : friction);

type Answer = "approve" | "reject" | "reject_pause";

/** What a key press may do here; each does no more than the button it stands for. */
export interface Controls {
  approve(): void;
  reject(): void;
  /** The reject, with the agent's pause chosen in its dialog. */
  rejectAndPause(): void;
}

interface Props {
  view: ApprovalView;
  console: ConsoleState;
  reading: Reading;
  now: number;
  /** All that must be read has been in view. */
  seen: boolean;
  /** How many parts of it were not. */
  partsLeft: number;
  /** The changed files that were not looked at to their end, though all that must be read was in view. */
  unread: string[];
  /** Goes on to what was not looked at. */
  onUnread: () => void;
  /** Goes on with the first of them. */
  onShowAll: () => void;
  controls: Ref<Controls>;
  onDeciding: (open: boolean) => void;
  /** Goes to where the agent is asked. */
  onAsk: () => void;
  onSnooze: () => void;
  /** What else can be done. */
  more: Doing[];
  unsent: OutboxItem | undefined;
  decision: Decision;
}

export function DecisionBar(props: Props) {
  const { view, console, reading, now, seen, partsLeft, unread, onUnread, onShowAll, controls, onDeciding, onAsk, onSnooze, more, unsent, decision } = props;
  const { client, clock } = useParts();
  const { kind } = client.transport;
  const user = console.user ?? "";
  const [open, setOpen] = useState<Answer | null>(null);
  const may = eligibility(view, { console, kind, problems: reading.problems, now });
  const brake = useBraking(user, now);
  // An older copy may not know that the organisation wants a reason; its server does.
  const reasoned = view.reason_required === true || decision.outcome?.code === "reason_required";
  const unhurried = may.approve && (reasoned || unread.length > 0) ? { ...may.approve, friction: unpassed(may.approve.friction) } : may.approve;
  const approve = unhurried && brake ? { ...unhurried, friction: slower(unhurried.friction) } : unhurried;
  const repeats = reaches(view, reading.material);
  const delegated = useStandsFor(view, console, now);
  const [wanted, setWanted] = useState<string>();
  // A delegation may end while its vote is being thought over; then the choice is gone, and the vote would be one's own.
  const stands = delegated.find((one) => one.from === wanted);
  const lapsed = wanted !== undefined && stands === undefined;
  const forUser = stands?.from;
  const pause = usePause();
  const heldBack = useHeld().some((held) => held.approvalId === view.id);
  const opened = useRef(0);
  useEffect(() => {
    opened.current = performance.now();
  }, []);
  const openMs = () => performance.now() - opened.current;
  const approveNow = () => {
    const read = openMs();
    holdBack(view.id, view.title, () => {
      noteApproved(user, [view.id], read, clock.now());
      decision.decide("approve", "", { forUser });
    });
  };
  const waitsToBeSent = unsent !== undefined && (unsent.state === "unsent" || unsent.state === "sending");
  const idle = !decision.busy && !waitsToBeSent && decision.outcome?.state !== "queued";
  // An approve that is recorded may still be followed by a reject, but not by itself.
  const fresh = idle && !heldBack && !lapsed && decision.outcome?.state !== "recorded";

  const show = (what: Answer | null) => {
    // Who opens the other answer has taken this one back.
    if (what !== null && what !== "approve") undo(view.id);
    setOpen(what);
    onDeciding(what !== null);
  };
  const pressApprove = () => {
    if (!approve || !fresh) return;
    if (!seen) onShowAll();
    else if (approve.friction === "click") approveNow();
    else show("approve");
  };
  const pressReject = (what: Answer) => {
    if (may.reject && idle && !lapsed) show(what);
  };
  useImperativeHandle(controls, () => ({
    approve: pressApprove,
    reject: () => pressReject("reject"),
    rejectAndPause: () => pressReject("reject_pause"),
  }));

  // What was allowed when the dialog opened may have stopped being so.
  const dialog = lapsed || (open === "approve" && !approve) ? null : open;
  return (
    <div className={styles.bar} role="group" aria-label={t("decision")}>
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
      {approve && unread.length > 0 && (
        <p className={styles.unread} data-testid="unread">
          {t("unread", { count: unread.length })} <VisibleText text={unread.slice(0, NAMED).join(", ")} />
          {unread.length > NAMED && ` ${t("unread_more", { count: unread.length - NAMED })}`}{" "}
          <button type="button" data-testid="go-on" onClick={onUnread}>
            {t("unread_go_on")}
          </button>
        </p>
      )}
      {may.reject && <StandIn options={delegated} chosen={stands} disabled={!idle || heldBack} onChoose={setWanted} />}
      {lapsed && (
        <p className={styles.note} role="status">
          {t("vote_lapsed", { who: wanted })}{" "}
          <Button size="small" onClick={() => setWanted(undefined)}>
            {t("vote_as_own")}
          </Button>
        </p>
      )}
      <div className={styles.buttons}>
        {may.reject && (
          <Button
            variant="outlined"
            color="error"
            data-testid="reject"
            disabled={!idle || lapsed}
            onClick={() => show("reject")}
          >
            {t("reject_ask")}
          </Button>
        )}
        {may.reject && (
          <>
            <Button variant="outlined" color="inherit" data-testid="ask" onClick={onAsk}>
              {t("ask")}
            </Button>
            <Button variant="outlined" color="inherit" data-testid="snooze" onClick={onSnooze}>
              {t("snooze")}
            </Button>
          </>
        )}
        <More items={more} />
        <span className={styles.busy} role="status">
          {decision.busy && t("signing")}
        </span>
        {approve && seen && (
          <Button
            variant="contained"
            data-testid="approve"
            disabled={!fresh}
            onKeyDown={ignoreEnter}
            onClick={pressApprove}
          >
            {t(approve.friction === "click" ? "approve_once" : "approve_once_ask")}
          </Button>
        )}
        {approve && seen && approve.friction === "click" && repeats.length > 0 && (
          <Button variant="outlined" data-testid="repeat" disabled={!fresh} onKeyDown={ignoreEnter} onClick={() => show("approve")}>
            {t("let_repeat")}
          </Button>
        )}
        {approve && !seen && (
          <Button variant="outlined" color="inherit" data-testid="read-on" onClick={onShowAll}>
            {t("read_on", { count: partsLeft })}
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
          unread={unread.length}
          reasoned={reasoned}
          whose={stands && forWhom(stands)}
          onCancel={() => show(null)}
          onApprove={(reason, passphrase, scope) => {
            show(null);
            noteApproved(user, [view.id], openMs(), clock.now());
            decision.decide("approve", reason, { passphrase, scope, forUser });
          }}
        />
      )}
      {(dialog === "reject" || dialog === "reject_pause") && may.reject && (
        <RejectDialog
          view={view}
          whose={stands && forWhom(stands)}
          pauses={dialog === "reject_pause"}
          onCancel={() => show(null)}
          onReject={(reason, agent) => {
            show(null);
            decision.decide("reject", reason, { forUser });
            if (agent !== null) pause(agent, reason);
          }}
        />
      )}
    </div>
  );
}
