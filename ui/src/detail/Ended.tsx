/** What is known about a request that no longer waits. Its controls are gone, not just disabled. */
import type { ApprovalView } from "../api/types";
import { statusWords } from "../shell/words";
import { fullTime } from "../state/clock";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";

const WORDS: Record<string, string> = {
  expired: "Nobody decided in time. Nothing ran under it.",
  superseded: "The agent asked again with other content; this request no longer counts.",
  cancelled: "Its requester withdrew it.",
};

export function Ended({ view, user }: { view: ApprovalView; user: string | null }) {
  const last = view.votes.at(-1);
  const decided = view.status === "approved" || view.status === "rejected";
  return (
    <div className={styles.outcome} data-status={view.status} data-testid="ended">
      <p>
        <b>{statusWords(view.status)}</b>
        {decided && last && ` by ${last.user === user ? "you" : last.user}`}
        {view.ended_at != null && `, ${fullTime(view.ended_at)}`}. {WORDS[view.status]}
      </p>
      {decided && last && last.reason !== "" && (
        <p>
          “<VisibleText text={last.reason} />”
        </p>
      )}
      {view.superseded_by && (
        <p>
          <button type="button" className={styles.link} onClick={() => goTo(view.superseded_by ?? null)}>
            Open the request that replaced it
          </button>
        </p>
      )}
    </div>
  );
}
