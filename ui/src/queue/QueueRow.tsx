/** One request in the list. Plain elements only: rows are virtual and many. */
import { memo } from "react";
import { levelOf, type ApprovalView, type OutboxItem } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { ruleWords, statusWords } from "../shell/words";
import { fullTime, leftOf, timeLeft, urgency } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./queue.module.css";

export const ROW_HEIGHT = 62;

interface Props {
  view: ApprovalView;
  selected: boolean;
  unsent: OutboxItem | undefined;
  user: string | null;
  /** Server time, milliseconds. */
  now: number;
  position: number;
  count: number;
  onOpen: (id: string) => void;
}

export const QueueRow = memo(function QueueRow(props: Props) {
  const { view, selected, now, position, count } = props;
  const level = levelOf(view.level);
  const pending = view.status === "pending";
  const left = leftOf(view, now);
  const approvals = view.votes.filter((v) => v.verdict === "approve").length;
  return (
    <div role="listitem" aria-setsize={count} aria-posinset={position + 1} className={styles.item}>
      <button
        type="button"
        className={styles.row}
        data-testid="approval-row"
        data-approval-id={view.id}
        data-level={level}
        data-gone={pending ? undefined : "true"}
        aria-current={selected ? "true" : undefined}
        onClick={() => props.onOpen(view.id)}
      >
        <span className={styles.line}>
          <span className={styles.title}>
            <VisibleText text={view.title} />
          </span>
          {pending ? (
            <time className={styles.left} data-urgency={urgency(left)} title={`Expires ${fullTime(view.expires_at)}`}>
              {view.paused_since ? `stopped, ${timeLeft(left)} left` : timeLeft(left)}
            </time>
          ) : (
            <span className={styles.ended} data-status={view.status}>{statusWords(view.status)}</span>
          )}
        </span>
        <span className={styles.meta}>
          <LevelMark level={level} />
          <span className={styles.who}>
            <Who view={view} />
          </span>
          <span className={styles.rule}>{ruleWords(view.rule)}</span>
          {view.quorum > 1 && (
            <span title="Approvals given of those needed">{`${approvals}/${view.quorum}`}</span>
          )}
          <StateChip view={view} unsent={props.unsent} user={props.user} />
        </span>
      </button>
    </div>
  );
});

function Who({ view }: { view: ApprovalView }) {
  if (!view.agent) return <VisibleText text={view.requester} />;
  return (
    <>
      <VisibleText text={view.agent} /> for <VisibleText text={view.requester} />
    </>
  );
}

const UNSENT_WORDS: Record<OutboxItem["state"], string> = {
  unsent: "Signed, not sent",
  sending: "Sending…",
  recorded: "Recorded",
  needs_you: "Needs you",
};

function StateChip({ view, unsent, user }: Pick<Props, "view" | "unsent" | "user">) {
  if (unsent && unsent.state !== "recorded") {
    return <span className={styles.chip} data-state={unsent.state}>{UNSENT_WORDS[unsent.state]}</span>;
  }
  if (view.status !== "pending") return null;
  if (view.votes.some((v) => v.user === user)) return <span className={styles.chip}>You voted</span>;
  if (view.requester === user) return <span className={styles.chip}>Yours</span>;
  return null;
}
