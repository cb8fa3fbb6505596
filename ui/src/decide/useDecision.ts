/** One decision on its way: being signed and sent, or what became of it. It goes on when another request is opened. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client } from "../api/client";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView, ConsoleState, Draft, Outcome, Verdict, VoteScope } from "../api/types";
import type { ServerClock } from "../state/clock";
import { APPROVALS, OUTBOX, STATE, approvalKey, storeApproval, useParts } from "../state/console";
import { flightOf, forget, setFlight, settle, useFlight } from "./decisions";
import { LOST } from "./refusal";

/** What else is said with a vote. */
export interface More {
  passphrase?: string | undefined;
  scope?: VoteScope | undefined;
  /** The absent person whose vote it is. */
  forUser?: string | undefined;
}

export interface Decision {
  busy: boolean;
  outcome: Outcome | null;
  decide(verdict: Verdict, reason: string, more?: More): void;
  /** The person knows that it did not count. */
  dismiss(): void;
}

interface Parts {
  client: Client;
  clock: ServerClock;
  cache: QueryClient;
}

const userIn = (cache: QueryClient): string => cache.getQueryData<ConsoleState>(STATE)?.user ?? "";

/** Signs, sends, and writes down what became of it, whoever still looks. */
export async function decideOn(view: ApprovalView, draft: Draft, { client, clock, cache }: Parts): Promise<Outcome> {
  const madeAt = clock.now();
  const outcome = await answerTo(draft, client);
  settle(userIn(cache), view, { verdict: draft.verdict, madeAt, toldAt: clock.now() }, outcome);
  if (outcome.approval) storeApproval(cache, outcome.approval);
  return outcome;
}

async function answerTo(draft: Draft, client: Client): Promise<Outcome> {
  try {
    return await client.transport.decide(draft);
  } catch (thrown) {
    const { code, message } = asApiError(thrown);
    if (code !== "unreachable") return { state: "refused", code, message: explain(code, message) };
    return { state: "refused", code: LOST };
  }
}

/** Binds a decision to what is shown of `view` now. */
export function useDecision(view: ApprovalView): Decision {
  const { client, clock } = useParts();
  const cache = useQueryClient();
  const [sheet] = useState(() => Symbol("sheet"));
  const flight = useFlight(view.id);
  const outcome = flight?.outcome ?? null;
  // That something was recorded or queued is told where it was decided; later the votes and the outbox say it.
  const current = flight?.sheet === sheet && flight.policyHash === view.policy_hash;
  return {
    busy: flight?.busy === true,
    outcome: outcome?.state === "refused" || current ? outcome : null,
    decide(verdict, reason, { passphrase, scope, forUser } = {}) {
      if (flightOf(view.id)?.busy) return;
      const base = { sheet, policyHash: view.policy_hash };
      setFlight(view.id, { ...base, busy: true, outcome: null });
      const draft: Draft = {
        approvalId: view.id,
        digest: view.digest,
        policyHash: view.policy_hash,
        verdict,
        reason,
        ...(passphrase === undefined ? {} : { passphrase }),
        ...(scope === undefined ? {} : { scope }),
        ...(forUser === undefined ? {} : { forUser }),
      };
      void decideOn(view, draft, { client, clock, cache }).then((told) => {
        setFlight(view.id, { ...base, busy: false, outcome: told });
        const keys = told.approval ? [STATE, OUTBOX] : [STATE, OUTBOX, APPROVALS, approvalKey(view.id)];
        return Promise.all(keys.map((queryKey) => cache.invalidateQueries({ queryKey })));
      });
    },
    dismiss: () => forget(userIn(cache), view.id),
  };
}
