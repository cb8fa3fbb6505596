/**
 * Which rows the queue shows, in which order. While it is frozen (pointer over the list, selection, dialog open) nothing
 * moves: new requests are held back for the pill, decided ones stay in place as tombstones. Pure.
 */
import { levelOf, rank, type ApprovalView } from "../api/types";
import { leftOf } from "../state/clock";

/** How long a tombstone stays at least, milliseconds. */
export const TOMBSTONE_MS = 10_000;

export interface Placed {
  id: string;
  /** Server time (ms) at which it was seen to be gone; null while it waits. */
  goneAt: number | null;
}

export interface Arrangement {
  rows: Placed[];
  /** Ids that wait for the pill. */
  held: string[];
}

export const NO_ROWS: Arrangement = { rows: [], held: [] };

/** `given`: as they come, where the tab has an order of its own. */
export type Order = Sorting | "given";

export const SORTINGS = ["pressing", "risk", "deadline", "newest"] as const;
export type Sorting = (typeof SORTINGS)[number];

/** What one level weighs against the next lower one. */
const STEP = 4;
/** Below this the time left makes no difference any more. */
const SHORTEST_MS = 60_000;

/** Deadline times risk: how much risk there is for each minute left. */
function pressing(view: ApprovalView, now: number): number {
  return STEP ** rank(levelOf(view.level)) / Math.max(SHORTEST_MS, leftOf(view, now));
}

const KEYS: Record<Sorting, (view: ApprovalView, now: number) => number> = {
  pressing: (view, now) => -pressing(view, now),
  risk: (view) => -rank(levelOf(view.level)) * 10 - view.risk_score,
  deadline: (view) => view.expires_at,
  newest: (view) => -view.created_at,
};

/** In order; of equals the one that expires first, then the older one. */
export function sorted(list: ApprovalView[], sorting: Order, now: number): ApprovalView[] {
  if (sorting === "given") return list;
  const keyOf = KEYS[sorting];
  return list
    .map((view) => ({ view, key: keyOf(view, now) }))
    .sort((a, b) => a.key - b.key || a.view.expires_at - b.view.expires_at || (a.view.id < b.view.id ? -1 : 1))
    .map(({ view }) => view);
}

export interface Terms {
  frozen: boolean;
  now: number;
  sorting?: Order;
}

/** The next arrangement. `waiting` are the approvals that belong here and pass the filter, in any order. */
export function arrange(previous: Arrangement, waiting: ApprovalView[], { frozen, now, sorting = "pressing" }: Terms): Arrangement {
  const live = new Set(waiting.map((a) => a.id));
  const kept = previous.rows.map((row) => {
    if (live.has(row.id)) return { id: row.id, goneAt: null };
    return { id: row.id, goneAt: row.goneAt ?? now };
  });
  if (frozen && previous.rows.length > 0) {
    const placed = new Set(kept.map((row) => row.id));
    const fresh = sorted(waiting.filter((a) => !placed.has(a.id)), sorting, now);
    return { rows: kept, held: fresh.map((a) => a.id) };
  }

  const rows: Placed[] = sorted(waiting, sorting, now).map(({ id }) => ({ id, goneAt: null }));
  // A tombstone that has not had its time keeps its place among the sorted rows.
  kept.forEach((row, index) => {
    if (row.goneAt !== null && now - row.goneAt < TOMBSTONE_MS) rows.splice(Math.min(index, rows.length), 0, row);
  });
  return { rows, held: [] };
}

/** Whether two arrangements look the same. */
export function sameArrangement(a: Arrangement, b: Arrangement): boolean {
  const same = (x: Placed, y: Placed | undefined) => x.id === y?.id && x.goneAt === y.goneAt;
  return (
    a.rows.length === b.rows.length &&
    a.held.length === b.held.length &&
    a.rows.every((row, i) => same(row, b.rows[i])) &&
    a.held.every((id, i) => id === b.held[i])
  );
}
