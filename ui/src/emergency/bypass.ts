/** How a bypass stands for the person who looks at it. Pure. Instants are UTC microseconds, `now` in milliseconds. */
import type { BypassList, BypassView } from "../api/types";

export const BYPASS_SCOPES = ["action", "repo", "agent", "everything"] as const;
export type BypassScope = (typeof BYPASS_SCOPES)[number];
export type Standing = "asked" | "active" | "ended" | "reviewed" | "lapsed";

/** What the wizard gathers. */
export interface Wish {
  scope: BypassScope;
  name: string;
  incident: string;
  reason: string;
  minutes: number;
}

/** As it stands now: what the server said, and what its own times say since. */
export function standingOf(view: BypassView, now: number): Standing {
  const over = (at: number | null | undefined) => at != null && now >= at / 1000;
  if (view.state === "asked" && over(view.lapses_at)) return "lapsed";
  if (view.state === "active" && over(view.ends_at)) return "ended";
  const known: Standing[] = ["asked", "active", "ended", "reviewed", "lapsed"];
  // What is not known is shown as what would be worst to miss.
  return known.find((state) => state === view.state) ?? "active";
}

export const inForce = (list: BypassList | undefined, now: number): BypassView[] =>
  (list?.open ?? []).filter((view) => standingOf(view, now) === "active");

/** Those whose review is open, the most overdue first. */
export function reviews(list: BypassList | undefined, now: number): BypassView[] {
  const open = (list?.open ?? []).filter((view) => standingOf(view, now) === "ended");
  return open.toSorted((a, b) => (a.review_due_at ?? Number.MAX_SAFE_INTEGER) - (b.review_due_at ?? Number.MAX_SAFE_INTEGER));
}

/** Those that wait for this person's number. */
export const toConfirm = (list: BypassList | undefined, now: number): BypassView[] =>
  (list?.open ?? []).filter((view) => view.you.confirm && standingOf(view, now) === "asked");

/** A bypass of this person that keeps them from the next one. */
export const inTheWay = (list: BypassList, user: string, now: number): BypassView | null =>
  list.open.find((view) => view.by === user && standingOf(view, now) === "ended") ?? null;

/** What is missing in a step of the wizard; null when it may go on. */
export function missing(wish: Wish, step: number, shortest: number): "scope" | "incident" | "reason" | null {
  if (step === 0) return wish.scope !== "everything" && wish.name.trim() === "" ? "scope" : null;
  if (step !== 1) return null;
  if (wish.incident.trim() === "") return "incident";
  return [...wish.reason.trim()].length < shortest ? "reason" : null;
}

/** Two digits, as they are read aloud. */
export const twoDigits = (number: number): string => String(number).padStart(2, "0");
