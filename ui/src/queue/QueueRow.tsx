/** One request in the list. Plain elements only: rows are virtual and many. */
import { memo, useRef } from "react";
import { levelOf, type ApprovalView, type OutboxItem } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { ruleWords, statusWords } from "../shell/words";
import { clockTime, fullTime, leftOf, timeLeft, urgency } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { isSnoozed, type Place } from "./places";
import styles from "./queue.module.css";
import { t } from "./texts";

export const ROW_HEIGHT = 62;

/** What a row stands for. Another content is another row, wherever it stands. */
export const identityOf = (view: ApprovalView): string => `${view.id} ${view.digest} ${view.policy_hash}`;

interface Props {
  view: ApprovalView;
  /** Where the list stands. */
  tab: Place;
  selected: boolean;
  /** The keys act on it. */
  current: boolean;
  /** Chosen for what is done with several; null: it cannot be. */
  marked: boolean | null;
  /** It no longer belongs here and stands only until the reader leaves. */
  gone: boolean;
  /** Others who read it now, as one text; empty: nobody. */
  readers: string;
  unsent: OutboxItem | undefined;
  user: string | null;
  /** Server time, milliseconds. */
  now: number;
  position: number;
  count: number;
  onOpen: (id: string) => void;
  onMark: (view: ApprovalView, range: boolean) => void;
}

export const QueueRow = memo(function QueueRow(props: Props) {
  const { view, selected, marked, gone, now, position, count, user, tab, current } = props;
  const level = levelOf(view.level);
  const left = leftOf(view, now);
  const approvals = view.votes.filter((v) => v.verdict === "approve").length;
  // A press that began on another content must not act on this one.
  const pressedOn = useRef<string | null>(null);
  const identity = identityOf(view);
  const press = () => {
    pressedOn.current = identity;
  };
  const same = () => {
    const began = pressedOn.current;
    pressedOn.current = null;
    return began === null || began === identity;
  };
  return (
    <div role="listitem" aria-setsize={count} aria-posinset={position + 1} className={styles.item} data-marked={marked ? "true" : undefined} onPointerDown={press}>
      {marked !== null && (
        <label className={styles.mark}>
          <input
            type="checkbox"
            checked={marked}
            aria-label={t("mark", { title: view.title })}
            data-testid="mark"
            onChange={(event) => same() && props.onMark(view, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </label>
      )}
      <button
        type="button"
        className={styles.row}
        data-testid="approval-row"
        data-approval-id={view.id}
        data-level={level}
        data-gone={gone || view.status !== "pending" ? "true" : undefined}
        data-cursor={current ? "true" : undefined}
        aria-current={selected ? "true" : undefined}
        onClick={() => same() && props.onOpen(view.id)}
      >
        <span className={styles.line}>
          <span className={styles.title}>
            <VisibleText text={view.title} />
          </span>
          {view.status !== "pending" ? (
            <span className={styles.ended} data-status={view.status} data-testid={gone ? "tombstone" : undefined}>
              {endedWords(view, user)}
            </span>
          ) : gone ? (
            <span className={styles.ended} data-testid="tombstone">
              {movedWords(view, tab, user, now)}
            </span>
          ) : (
            <time className={styles.left} data-urgency={urgency(left)} title={t("expires", { at: fullTime(view.expires_at) })}>
              {view.paused_since ? t("stopped", { left: timeLeft(left) }) : timeLeft(left)}
            </time>
          )}
        </span>
        <span className={styles.meta}>
          <LevelMark level={level} />
          <span className={styles.who}>
            <Who view={view} />
          </span>
          <span className={styles.rule}>{ruleWords(view.rule)}</span>
          {view.quorum > 1 && <span className={styles.quorum} title={t("quorum")}>{`${approvals}/${view.quorum}`}</span>}
          <StateChip {...props} />
        </span>
      </button>
    </div>
  );
});

/** `Rejected by bob`, or the state alone where nobody decided. */
export function endedWords(view: ApprovalView, user: string | null): string {
  const status = statusWords(view.status);
  const decided = view.status === "approved" || view.status === "rejected";
  const last = view.votes.at(-1)?.user;
  return decided && last !== undefined ? t("ended_by", { status, who: last === user ? t("you") : last }) : status;
}

/** Why a request that still waits no longer stands here. */
function movedWords(view: ApprovalView, tab: Place, user: string | null, now: number): string {
  if (view.votes.some((vote) => vote.user === user)) return t("moved_voted");
  return isSnoozed(view, now) ? t("moved_snoozed", { at: clockTime(view.snoozed_until ?? 0) }) : t(tab === "me" ? "moved_else" : "moved_me");
}

function Who({ view }: { view: ApprovalView }) {
  const person = <VisibleText text={view.requester} />;
  return view.agent ? <Say text={t("who")} parts={{ agent: <VisibleText text={view.agent} />, person }} /> : person;
}

function StateChip({ view, unsent, user, readers, now }: Props) {
  if (unsent && unsent.state !== "recorded") {
    return <span className={styles.chip} data-state={unsent.state}>{t(`unsent_${unsent.state}`)}</span>;
  }
  if (view.status !== "pending") return null;
  if (view.claimed_by) {
    const who = view.claimed_by.user;
    return (
      <span className={styles.chip} data-state="claimed">
        {who === user ? t("claimed_you") : t("claimed", { who })}
      </span>
    );
  }
  if (readers !== "") {
    return (
      <span className={styles.chip} data-state="reading">
        {t("reading", { who: readers, count: readers.split(", ").length })}
      </span>
    );
  }
  if (isSnoozed(view, now)) return <span className={styles.chip}>{t("chip_snoozed", { at: clockTime(view.snoozed_until ?? 0) })}</span>;
  if (view.votes.some((v) => v.user === user)) return <span className={styles.chip}>{t("chip_voted")}</span>;
  if (view.requester === user) return <span className={styles.chip}>{t("chip_own")}</span>;
  return null;
}
