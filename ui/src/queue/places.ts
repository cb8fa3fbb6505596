/** Which of the queue's tabs a request lies in, for this person, now. Pure. */
import type { ApprovalView, ConsoleState } from "../api/types";
import { mayDecide } from "../decide/eligibility";

export type Place = "me" | "others" | "snoozed" | "done";

/** Whether this person put it off and the time is not over; `now` is server time in milliseconds. */
export function isSnoozed(view: ApprovalView, now: number): boolean {
  return view.snoozed_until != null && view.snoozed_until / 1000 > now;
}

/** Whether this person's vote would count. */
function isMine(view: ApprovalView, console: ConsoleState | undefined): boolean {
  const user = console?.user ?? "";
  if (!mayDecide(console)) return false;
  if (view.votes.some((vote) => vote.user === user || vote.for_user === user)) return false;
  // The server names a requester as a decider only with the permission of a one-person team.
  return view.deciders.length === 0 ? view.requester !== user : view.deciders.includes(user);
}

/** Where it lies. Before it is known who reads, everything that waits is theirs. */
export function placeOf(view: ApprovalView, console: ConsoleState | undefined, now: number): Place {
  if (view.status !== "pending") return "done";
  if (console && !isMine(view, console)) return "others";
  return isSnoozed(view, now) ? "snoozed" : "me";
}

/** Midnight before `now`, in this machine's zone; milliseconds. */
export function startOfDay(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export interface Places {
  me: ApprovalView[];
  others: ApprovalView[];
  snoozed: ApprovalView[];
  /** Ended since midnight, the newest first. */
  done: ApprovalView[];
  /** Ended before. */
  earlier: number;
}

export function placesOf(all: ApprovalView[], console: ConsoleState | undefined, now: number): Places {
  const places: Places = { me: [], others: [], snoozed: [], done: [], earlier: 0 };
  const midnight = startOfDay(now) * 1000;
  const ended = (view: ApprovalView) => view.ended_at ?? view.created_at;
  for (const view of all) {
    const place = placeOf(view, console, now);
    if (place === "done" && ended(view) < midnight) places.earlier += 1;
    else places[place].push(view);
  }
  places.done.sort((a, b) => ended(b) - ended(a));
  places.snoozed.sort((a, b) => (a.snoozed_until ?? 0) - (b.snoozed_until ?? 0));
  return places;
}
