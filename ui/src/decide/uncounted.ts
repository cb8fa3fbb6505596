/** Decisions of this person that did not count and were not dismissed, wherever they are known from. */
import type { ApprovalView, OutboxItem, Verdict } from "../api/types";
import { useApprovals, useOutbox } from "../state/console";
import { refusedOf, useKept } from "./decisions";
import { LOST, type Refusal } from "./refusal";

/** One decision that did not count, from wherever it is known. */
export interface Uncounted extends Refusal {
  id: string;
  approvalId: string;
  verdict: Verdict;
  title: string | null;
  view: ApprovalView | undefined;
  /** The row of the outbox, if it got that far. */
  sent: OutboxItem | undefined;
}

/** What did not count: votes that the outbox has back, and those that never got into it. */
export function useUncounted(user: string): Uncounted[] {
  const kept = useKept(user);
  const outbox = (useOutbox().data ?? []).filter(({ state }) => state === "needs_you");
  const approvals = useApprovals().data ?? [];
  const viewOf = (id: string) => approvals.find((view) => view.id === id);
  const back = outbox.map((sent): Uncounted => {
    const { id, approvalId, verdict, title, code, message } = sent;
    const terms = kept.find((one) => one.approvalId === approvalId)?.terms;
    return { id, approvalId, verdict, title, code, message, madeAt: sent.madeAt / 1000, toldAt: null, terms, view: viewOf(approvalId), sent };
  });
  const here = refusedOf(kept)
    .filter(({ approvalId }) => !outbox.some((item) => item.approvalId === approvalId))
    .map((one): Uncounted => {
      const view = viewOf(one.approvalId);
      return { ...one, id: one.approvalId, title: view?.title ?? null, view, sent: undefined };
    })
    // An answer that got lost is known after all when the vote is there.
    .filter(({ code, view, verdict }) => !(code === LOST && view?.votes.some((vote) => vote.user === user && vote.verdict === verdict)));
  return [...back, ...here].toSorted((a, b) => (b.toldAt ?? b.madeAt) - (a.toldAt ?? a.madeAt));
}
