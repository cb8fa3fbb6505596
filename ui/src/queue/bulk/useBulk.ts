/** Several decisions, one after the other: each signed by itself, each with its own answer. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { explain } from "../../api/problem";
import type { ApprovalView, Outcome, Verdict } from "../../api/types";
import { LOST } from "../../decide/refusal";
import { decideOn } from "../../decide/useDecision";
import { APPROVALS, OUTBOX, STATE, useParts } from "../../state/console";

/** `lost`: it is not known whether the server has it. */
export type Result = Outcome["state"] | "waiting" | "sending" | "stopped" | "lost";

export interface Done {
  view: ApprovalView;
  result: Result;
  ledgerIndex?: number | null;
  why?: string;
}

export interface Running {
  verdict: Verdict;
  each: Done[];
  busy: boolean;
}

export interface BulkRun {
  running: Running | null;
  start(verdict: Verdict, views: ApprovalView[], reasonFor: (view: ApprovalView) => string): void;
  /** What is not signed yet stays unsigned. */
  stop(): void;
  forget(): void;
}

export function useBulk(): BulkRun {
  const { client, clock } = useParts();
  const cache = useQueryClient();
  const [running, setRunning] = useState<Running | null>(null);
  const stopped = useRef(false);

  async function one(verdict: Verdict, view: ApprovalView, reason: string): Promise<Omit<Done, "view">> {
    const { id, digest, policy_hash } = view;
    const outcome = await decideOn(view, { approvalId: id, digest, policyHash: policy_hash, verdict, reason }, { client, clock, cache });
    if (outcome.code === LOST) return { result: "lost" };
    const why = outcome.state === "refused" ? { why: explain(outcome.code ?? "", outcome.message) } : {};
    return { result: outcome.state, ledgerIndex: outcome.ledgerIndex ?? null, ...why };
  }

  async function run(verdict: Verdict, views: ApprovalView[], reasonFor: (view: ApprovalView) => string) {
    const note = (id: string, told: Omit<Done, "view">) =>
      setRunning((old) => old && { ...old, each: old.each.map((done) => (done.view.id === id ? { view: done.view, ...told } : done)) });
    for (const view of views) {
      if (stopped.current) {
        note(view.id, { result: "stopped" });
        continue;
      }
      note(view.id, { result: "sending" });
      // In the order of the device's sequence numbers, which must grow.
      // oxlint-disable-next-line no-await-in-loop
      note(view.id, await one(verdict, view, reasonFor(view)));
    }
    setRunning((old) => old && { ...old, busy: false });
    await Promise.all([STATE, OUTBOX, APPROVALS].map((queryKey) => cache.invalidateQueries({ queryKey })));
  }

  return {
    running,
    start(verdict, views, reasonFor) {
      if (running?.busy || views.length === 0) return;
      stopped.current = false;
      setRunning({ verdict, busy: true, each: views.map((view) => ({ view, result: "waiting" })) });
      void run(verdict, views, reasonFor);
    },
    stop: () => {
      stopped.current = true;
    },
    forget: () => setRunning((old) => (old?.busy ? old : null)),
  };
}
