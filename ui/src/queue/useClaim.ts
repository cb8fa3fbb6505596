/** "I am on it": claims, gives back, or asks before it takes over. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView } from "../api/types";
import { storeApproval, useParts } from "../state/console";

export interface Claiming {
  /** Claimed by somebody else; waits for a word. */
  contested: ApprovalView | null;
  failed: string | null;
  /** Claims, or gives one's own claim back. */
  toggle(view: ApprovalView, user: string | null): void;
  takeOver(): void;
  cancel(): void;
}

export function useClaim(): Claiming {
  const { client } = useParts();
  const cache = useQueryClient();
  const [contested, setContested] = useState<ApprovalView | null>(null);
  const act = useMutation({
    mutationFn: (doing: () => Promise<ApprovalView>) => doing(),
    onSuccess: (view) => storeApproval(cache, view),
  });
  const problem = act.error ? asApiError(act.error) : null;
  return {
    contested,
    failed: problem && explain(problem.code, problem.message),
    toggle(view, user) {
      if (act.isPending || view.status !== "pending") return;
      const by = view.claimed_by?.user;
      if (by === undefined) act.mutate(() => client.claim(view.id, false));
      else if (by === user) act.mutate(() => client.release(view.id));
      else setContested(view);
    },
    takeOver() {
      if (contested) act.mutate(() => client.claim(contested.id, true));
      setContested(null);
    },
    cancel: () => setContested(null),
  };
}
