/**
 * Keeps an `Arrangement` from render to render. `scope` is what the list is about; another one starts anew. The clock ticks
 * every second, and ten thousand rows are not sorted that often: time alone counts by the minute, or while a tombstone
 * waits for its end.
 */
import { useState } from "react";
import type { ApprovalView } from "../api/types";
import { arrange, NO_ROWS, sameArrangement, type Arrangement, type Order } from "./order";

interface Arranged extends Arrangement {
  /** Lets the held rows in now. */
  admit(): void;
}

interface Kept {
  scope: string;
  waiting: ApprovalView[] | null;
  frozen: boolean;
  minute: number;
  arrangement: Arrangement;
}

interface Asked {
  frozen: boolean;
  now: number;
  sorting: Order;
  scope: string;
}

export function useArrangement(waiting: ApprovalView[], { frozen, now, sorting, scope: about }: Asked): Arranged {
  const scope = `${sorting}\n${about}`;
  const minute = Math.floor(now / 60_000);
  const [kept, setKept] = useState<Kept>({ scope, waiting: null, frozen, minute, arrangement: NO_ROWS });
  const same = kept.scope === scope && kept.waiting === waiting && kept.frozen === frozen && kept.minute === minute;
  const mourns = !frozen && kept.arrangement.rows.some((row) => row.goneAt !== null);
  let { arrangement } = kept;
  if (!same || mourns) {
    const next = arrange(kept.scope === scope ? arrangement : NO_ROWS, waiting, { frozen, now, sorting });
    // Arranging twice changes nothing more, so this settles at once.
    const changed = !sameArrangement(arrangement, next);
    if (changed) arrangement = next;
    if (!same || changed) setKept({ scope, waiting, frozen, minute, arrangement });
  }
  const admit = () =>
    setKept({ scope, waiting, frozen, minute, arrangement: arrange(arrangement, waiting, { frozen: false, now, sorting }) });
  return { ...arrangement, admit };
}
