/** What a freeze covers and how far its stops got. Pure. */
import type { ApprovalView, FreezeView } from "../api/types";

export const SCOPES = ["everything", "agent", "repo"] as const;
export type Scope = (typeof SCOPES)[number];

/** One run that was asked to stop. */
export type StopView = FreezeView["stops"][number];

export function scopeOf(text: string): Scope {
  // An unknown scope is shown as the widest.
  return SCOPES.find((known) => known === text) ?? "everything";
}

/** Whether it covers what an agent does in a repository. */
export function covers(freeze: Pick<FreezeView, "scope" | "name">, agent?: string | null, repo?: string | null): boolean {
  const scope = scopeOf(freeze.scope);
  if (scope === "everything") return true;
  return freeze.name != null && freeze.name === (scope === "agent" ? agent : repo);
}

/** Requests whose time stands still under it. */
export function standingStill(freeze: FreezeView, approvals: ApprovalView[]): ApprovalView[] {
  return approvals.filter((view) => view.status === "pending" && view.paused_since != null && covers(freeze, view.agent, repoOf(view)));
}

/** Other freezes that keep something stopped that this one stops too. */
export function overlapping(freeze: FreezeView, all: FreezeView[]): FreezeView[] {
  const wide = scopeOf(freeze.scope) === "everything";
  return all.filter((other) => other.id !== freeze.id && (wide || scopeOf(other.scope) === "everything" || (other.scope === freeze.scope && other.name === freeze.name)));
}

/** Those nobody confirmed yet first, longest asked first; then the newest confirmed. */
export function inOrder(stops: StopView[]): StopView[] {
  return stops.toSorted((a, b) => {
    if ((a.confirmed_at == null) !== (b.confirmed_at == null)) return a.confirmed_at == null ? -1 : 1;
    return a.confirmed_at == null ? a.requested_at - b.requested_at : (b.confirmed_at ?? 0) - a.confirmed_at;
  });
}

export function repoOf(view: ApprovalView): string | null {
  const repo = (view.material as Record<string, unknown>)["repo"];
  return typeof repo === "string" ? repo : null;
}

/** Agents and repositories that requests name, for the fields. */
export function namedIn(approvals: ApprovalView[]): { agent: string[]; repo: string[] } {
  const names = (all: (string | null | undefined)[]) => [...new Set(all.filter((name) => name != null && name !== ""))].map(String).toSorted();
  return { agent: names(approvals.map((view) => view.agent)), repo: names(approvals.map(repoOf)) };
}
