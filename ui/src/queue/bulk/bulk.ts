/**
 * What one press may approve of several requests that wait, and what it leaves out. Pure. Each is still signed by itself; the server
 * checks each by itself.
 */
import { levelOf, rank, type ApprovalView } from "../../api/types";
import { eligibility, type Circumstances } from "../../decide/eligibility";
import type { Reading } from "../../detail/material";
import { alike } from "../group";

/** Beyond reading them side by side. */
export type Because =
  /** High or critical: each needs its own review. */
  | "grave"
  /** It cannot be shown whole. */
  | "not_whole"
  /** This person or device may not. */
  | "not_allowed";

export interface LeftOut {
  view: ApprovalView;
  because: Because;
  /** In words, where the rules have some. */
  why: string[];
}

export interface Bulk {
  take: ApprovalView[];
  leftOut: LeftOut[];
  /** Why there is no common approve at all: they stand under different policies, or are not alike and not all were read. */
  not: "policies" | "unread" | null;
  /** Of `take`, those that nobody has read yet. */
  unread: number;
}

interface Known {
  circumstances: Omit<Circumstances, "problems">;
  readings: ReadonlyMap<string, Reading>;
  /** Digests that this person read to the end in this window. */
  read: ReadonlySet<string>;
}

export function bulkApprove(views: ApprovalView[], { circumstances, readings, read }: Known): Bulk {
  const bulk: Bulk = { take: [], leftOut: [], not: null, unread: 0 };
  for (const view of views.filter(({ status }) => status === "pending")) {
    const problems = readings.get(view.id)?.problems ?? [];
    const may = eligibility(view, { ...circumstances, problems });
    const grave = rank(levelOf(view.level)) >= rank("high") || view.needs_step_up;
    if (grave) bulk.leftOut.push({ view, because: "grave", why: [] });
    else if (problems.length > 0) bulk.leftOut.push({ view, because: "not_whole", why: problems });
    else if (!may.approve) bulk.leftOut.push({ view, because: "not_allowed", why: may.why });
    else bulk.take.push(view);
  }
  bulk.unread = bulk.take.filter((view) => !read.has(view.digest)).length;
  if (new Set(bulk.take.map((view) => view.policy_hash)).size > 1) bulk.not = "policies";
  else if (!alike(bulk.take) && bulk.unread > 0) bulk.not = "unread";
  return bulk;
}

/** The friction rises with the number and with the gravest of them. */
export function bulkFriction(take: ApprovalView[], braked: boolean): "dialog" | "hold" | "typed" {
  if (take.length >= 15) return "typed";
  const medium = take.some((view) => levelOf(view.level) !== "low");
  return take.length >= 5 || medium || braked ? "hold" : "dialog";
}
