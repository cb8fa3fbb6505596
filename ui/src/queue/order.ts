/**
 * Which rows the queue shows, in which order. While it is frozen (pointer over the list, dialog open) nothing moves: new
 * requests are held back for the pill, decided ones stay in place as tombstones. Pure.
 */
import { levelOf, rank, type ApprovalView } from "../api/types";

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

/** Gravest first, then the one that expires first, then the older. */
export function byUrgency(a: ApprovalView, b: ApprovalView): number {
  return (
    rank(levelOf(b.level)) - rank(levelOf(a.level)) || a.expires_at - b.expires_at || (a.id < b.id ? -1 : 1)
  );
}

/** The next arrangement. `waiting` are the pending approvals that pass the filter, in any order. */
export function arrange(
  previous: Arrangement,
  waiting: ApprovalView[],
  { frozen, now }: { frozen: boolean; now: number },
): Arrangement {
  const live = new Set(waiting.map((a) => a.id));
  const kept = previous.rows.map((row) => {
    if (live.has(row.id)) return { id: row.id, goneAt: null };
    return { id: row.id, goneAt: row.goneAt ?? now };
  });
  const placed = new Set(kept.map((row) => row.id));
  const fresh = waiting.filter((a) => !placed.has(a.id)).toSorted(byUrgency);
  if (frozen && previous.rows.length > 0) return { rows: kept, held: fresh.map((a) => a.id) };

  const rows: Placed[] = waiting.toSorted(byUrgency).map(({ id }) => ({ id, goneAt: null }));
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
