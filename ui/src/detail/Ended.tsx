/** What is known about a request that no longer waits. Its controls are gone, not just disabled. */
import type { ApprovalView, OutboxItem } from "../api/types";
import { signedView, useKept } from "../decide/decisions";
import { termsOf } from "../decide/terms";
import { statusWords } from "../shell/words";
import { fullTime } from "../state/clock";
import { useApproval } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import { SideBySide } from "./SideBySide";
import { t } from "./texts";

const WORDS: Record<string, () => string> = {
  expired: () => t("ended_expired"),
  superseded: () => t("ended_superseded"),
  cancelled: () => t("ended_cancelled"),
};

interface Props {
  view: ApprovalView;
  user: string | null;
  unsent: OutboxItem | undefined;
}

export function Ended({ view, user, unsent }: Props) {
  const last = view.votes.at(-1);
  const decided = view.status === "approved" || view.status === "rejected";
  const status = <b>{statusWords(view.status)}</b>;
  const what = decided && last ? <Say text={t("ended_by", { who: last.user === user ? t("ended_you") : last.user, status: "<status/>" })} parts={{ status }} /> : status;
  return (
    <div className={styles.outcome} data-status={view.status} data-testid="ended">
      <p>
        {view.ended_at == null ? what : <Say text={t("ended_at", { at: fullTime(view.ended_at) })} parts={{ what }} />} {WORDS[view.status]?.()}
      </p>
      {decided && last && last.reason !== "" && (
        <p>
          <Say text={t("ended_reason")} parts={{ reason: <VisibleText text={last.reason} /> }} />
        </p>
      )}
      {view.superseded_by && <Replaced view={view} by={view.superseded_by} user={user} unsent={unsent} />}
    </div>
  );
}

/** What took its place, beside what was signed or asked. The decision does not carry over. */
function Replaced({ view, by, user, unsent }: Props & { by: string }) {
  const next = useApproval(by).data;
  const kept = useKept(user ?? "").find(({ approvalId }) => approvalId === view.id);
  const own = kept !== undefined || unsent !== undefined || view.votes.some((vote) => vote.user === user);
  const before = { then: own ? ("signed" as const) : ("asked" as const), terms: kept?.terms ?? termsOf(view), view: signedView(view.id) ?? view };
  return (
    <>
      <p>
        {own && t("ended_again")}{" "}
        <button type="button" className={styles.link} onClick={() => goTo(by)}>
          {t("ended_replaced")}
        </button>
      </p>
      {next && <SideBySide before={before} now={next} />}
    </>
  );
}
