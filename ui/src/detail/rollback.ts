/**
 * Whether there is a way back, from what is really known. A plan is the agent's word; nothing in a request proves one, so
 * nothing here is ever called verified. Pure.
 */
import type { ApprovalView } from "../api/types";
import type { Material } from "./material";

/** Factors under which what happened cannot be taken back by running something else. */
const FINAL = new Set(["destroys_data", "hard_to_undo", "exposes_secret"]);
/** What agents call their plan. */
const PLANS = ["rollback", "rollback_plan", "rollback_strategy", "revert", "undo"];

export interface WayBack {
  /** `impossible`: the server derived that it cannot be undone. `unverified`: nobody proved that it can. */
  state: "impossible" | "unverified";
  /** What makes it impossible: kinds of facts. */
  facts: string[];
  /** The agent's plan, in its words; null: none was given. */
  plan: string | null;
}

export function wayBack(view: ApprovalView, material: Partial<Material>): WayBack {
  const derived = [
    ...view.factors.filter(({ contribution }) => contribution > 0).map(({ name }) => name),
    ...(view.segments ?? []).flatMap((part) => part.facts ?? []),
  ];
  const facts = [...new Set(derived.filter((name) => FINAL.has(name)))];
  const { other } = (view.claims ?? {}) as { other?: Record<string, unknown> };
  const args = material.args;
  const sources = [other, args].filter((s): s is Record<string, unknown> => typeof s === "object" && s !== null);
  const plans = sources.flatMap((source) => PLANS.map((name) => source[name])).filter((plan) => plan != null && plan !== "");
  const plan = plans[0];
  return {
    state: facts.length > 0 ? "impossible" : "unverified",
    facts,
    plan: plan === undefined ? null : typeof plan === "string" ? plan : JSON.stringify(plan),
  };
}
