/** Putting requests off, and taking that back. On the desktop it holds at once, also without a connection. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView } from "../api/types";
import { storeApproval, useParts } from "../state/console";
import { untilOf, type Span } from "./snooze";

export interface Snoozed {
  ids: string[];
  /** Server time, milliseconds; of several the first. */
  until: number;
}

export interface Snoozing {
  busy: boolean;
  /** What was put off last, until it is taken back. */
  last: Snoozed | null;
  /** Why it failed, in words. */
  failed: string | null;
  snooze(views: ApprovalView[], span: Span): void;
  wake(ids: string[]): void;
  forget(): void;
}

export function useSnooze(): Snoozing {
  const { client, clock } = useParts();
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: async (calls: { id: string; until: number | null }[]): Promise<Snoozed | null> => {
      const answers = await Promise.allSettled(
        calls.map(({ id, until }) => (until === null ? client.wake(id) : client.snooze(id, Math.round(until * 1000)))),
      );
      const done = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      for (const view of done) storeApproval(cache, view);
      const refused = answers.find((answer) => answer.status === "rejected");
      if (refused && done.length === 0) throw refused.reason;
      const until = done.flatMap((view) => (view.snoozed_until == null ? [] : [view.snoozed_until / 1000]));
      return until.length > 0 ? { ids: done.map(({ id }) => id), until: Math.min(...until) } : null;
    },
  });
  const problem = act.error ? asApiError(act.error) : null;
  return {
    busy: act.isPending,
    last: act.data ?? null,
    failed: problem && explain(problem.code, problem.message),
    snooze(views, span) {
      const calls = views.map((view) => ({ id: view.id, until: untilOf(span, view, clock.now()) }));
      const possible = calls.filter(({ until }) => until !== null);
      if (possible.length > 0) act.mutate(possible);
    },
    wake: (ids) => act.mutate(ids.map((id) => ({ id, until: null }))),
    forget: () => act.reset(),
  };
}
