/** One decision on its way: being signed and sent, or what became of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView, Draft, Outcome, Verdict, VoteScope } from "../api/types";
import { APPROVALS, OUTBOX, STATE, approvalKey, storeApproval, useParts } from "../state/console";

export interface Decision {
  busy: boolean;
  outcome: Outcome | null;
  decide(verdict: Verdict, reason: string, passphrase?: string, scope?: VoteScope): void;
}

/** Binds a decision to what is shown of `view` now. */
export function useDecision(view: ApprovalView): Decision {
  const { client } = useParts();
  const cache = useQueryClient();
  const mutation = useMutation({
    mutationFn: async (draft: Draft): Promise<Outcome> => {
      try {
        return await client.transport.decide(draft);
      } catch (thrown) {
        const problem = asApiError(thrown);
        const lost = problem.code === "unreachable";
        const message = lost
          ? "The answer got lost. It is not known whether your vote was recorded: look at the request again when the connection is back."
          : explain(problem.code, problem.message);
        return { state: "refused", code: problem.code, message };
      }
    },
    onSuccess: (outcome, draft) => {
      if (outcome.approval) storeApproval(cache, outcome.approval);
      const keys = outcome.approval
        ? [STATE, OUTBOX]
        : [STATE, OUTBOX, APPROVALS, approvalKey(draft.approvalId)];
      return Promise.all(keys.map((queryKey) => cache.invalidateQueries({ queryKey })));
    },
  });
  return {
    busy: mutation.isPending,
    outcome: mutation.data ?? null,
    decide(verdict, reason, passphrase, scope) {
      if (mutation.isPending) return;
      mutation.mutate({
        approvalId: view.id,
        digest: view.digest,
        policyHash: view.policy_hash,
        verdict,
        reason,
        ...(passphrase === undefined ? {} : { passphrase }),
        ...(scope === undefined ? {} : { scope }),
      });
    },
  };
}
