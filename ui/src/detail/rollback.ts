/**
 * Whether there is a way back, as the server says it: nothing is derived here. Where it says nothing that is understood,
 * nothing is verified. A plan of the agent's is its word. Pure.
 */
import type { ApprovalView } from "../api/types";
import type { Material } from "./material";

/** What agents call their plan. */
const PLANS = ["rollback", "rollback_plan", "rollback_strategy", "revert", "undo"];

export type Truth = "verified" | "unverified" | "impossible";

export interface WayBack {
  /** `impossible`: the server derived that it cannot be undone. `unverified`: nobody proved that it can. */
  state: Truth;
  /** Who said it: the server, a runner that rehearsed it, or the gate on the agent's machine; null: nobody. */
  by: string | null;
  /** What it rests on, by the server's name for it; empty: it does not say. */
  because: string;
  /** Why it is not verified, in the words of who said so. */
  why: string | null;
  /** What shows it: evidence of facts. */
  evidence: string[];
  /** How it would be undone; empty: by nothing that is known before the run. */
  strategies: string[];
  /** For how many minutes after the run it may be asked for; 0: never, null: the server does not say. */
  windowMinutes: number | null;
  undoes: string[];
  leaves: string[];
  /** The agent's plan, in its words; null: none was given. */
  plan: string | null;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

export function wayBack(view: ApprovalView, material: Partial<Material>): WayBack {
  const told = view.way_back;
  const truth = (["verified", "unverified", "impossible"] as const).find((one) => one === told?.truth);
  // A gate runs where the agent runs: its word is no proof.
  const proven = told?.by === "runner" || told?.by === "server";
  const { other } = (view.claims ?? {}) as { other?: Fields };
  const sources = [other, material.args].filter(isFields);
  const plan = sources.flatMap((source) => PLANS.map((name) => source[name])).find((one) => one != null && one !== "");
  return {
    state: truth === undefined || (truth === "verified" && !proven) ? "unverified" : truth,
    by: truth === undefined ? null : (told?.by ?? null),
    because: told?.because ?? "",
    why: told?.why ?? null,
    evidence: told?.evidence ?? [],
    strategies: told?.strategies ?? [],
    windowMinutes: told?.window_minutes ?? null,
    undoes: told?.undoes ?? [],
    leaves: told?.leaves ?? [],
    plan: plan === undefined ? null : typeof plan === "string" ? plan : JSON.stringify(plan),
  };
}
