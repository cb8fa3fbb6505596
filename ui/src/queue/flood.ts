/**
 * Agents that ask so much at once that their requests are shown as one card. What is high or critical always stands by
 * itself: no crowd hides it. Pure.
 */
import { levelOf, rank, type ApprovalView, type Level } from "../api/types";

/** From so many low and medium requests of one agent on. */
export const MANY = 10;

export interface Flood {
  /** Agent and person, as one key. */
  key: string;
  agent: string;
  requester: string;
  count: number;
  /** The gravest of them. */
  level: Level;
}

const keyOf = (view: ApprovalView): string | null =>
  view.agent && view.status === "pending" && rank(levelOf(view.level)) < rank("high") ? `${view.agent}\n${view.requester}` : null;

/** The cards, the largest first. */
export function floods(rows: ApprovalView[]): Flood[] {
  const found = new Map<string, Flood>();
  for (const view of rows) {
    const key = keyOf(view);
    if (key === null) continue;
    const level = levelOf(view.level);
    const known = found.get(key);
    if (!known) {
      found.set(key, { key, agent: view.agent ?? "", requester: view.requester, count: 1, level });
    } else {
      known.count += 1;
      if (rank(level) > rank(known.level)) known.level = level;
    }
  }
  return [...found.values()].filter((flood) => flood.count >= MANY).toSorted((a, b) => b.count - a.count);
}

/** The rows that stand by themselves: all but those of a card that is not open. */
export function without(rows: ApprovalView[], cards: Flood[], open: ReadonlySet<string>): ApprovalView[] {
  const closed = new Set(cards.map((card) => card.key).filter((key) => !open.has(key)));
  return rows.filter((view) => !closed.has(keyOf(view) ?? ""));
}
