/** What may be repeated with one approve, and the scope that is signed for it. Pure. */
import { levelOf, type ApprovalView, type GrantLimits, type VoteScope } from "../api/types";
import type { Material } from "../detail/material";

export type Reach = "same_action" | "same_command" | "same_rule";

/** The most that is offered here; the organisation's own limits may be lower, and the server says so. */
export const MOST: GrantLimits = { minutes: 1440, uses: 1000 };
export const USUAL: GrantLimits = { minutes: 30, uses: 5 };

/** What can be recognised again. Nothing of critical risk, and nothing that needs several people. */
export function reaches(view: ApprovalView, material: Partial<Material>): Reach[] {
  if (levelOf(view.level) === "critical" || view.quorum > 1) return [];
  const found: Reach[] = [];
  if (material.session_id !== undefined) found.push("same_action");
  if (material.command !== undefined) found.push("same_command");
  found.push("same_rule");
  return found;
}

/** The scope; null when a limit is out of range. */
export function scopeOf(reach: Reach | "once", minutes: number, uses: number): VoteScope | null {
  if (reach === "once") return "once";
  const within = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!within(minutes, MOST.minutes) || !within(uses, MOST.uses)) return null;
  const limits = { minutes, uses };
  if (reach === "same_action") return { same_action: limits };
  return reach === "same_command" ? { same_command: limits } : { same_rule: limits };
}
