/** Keeps an `Arrangement` from render to render. `scope` is what the list is about; another one starts anew. */
import { useState } from "react";
import type { ApprovalView } from "../api/types";
import { arrange, NO_ROWS, sameArrangement, type Arrangement } from "./order";

interface Arranged extends Arrangement {
  /** Lets the held rows in now. */
  admit(): void;
}

export function useArrangement(waiting: ApprovalView[], frozen: boolean, now: number, scope: string): Arranged {
  const [kept, setKept] = useState<{ scope: string; arrangement: Arrangement }>({ scope, arrangement: NO_ROWS });
  const next = arrange(kept.scope === scope ? kept.arrangement : NO_ROWS, waiting, { frozen, now });
  // Arranging twice changes nothing more, so this settles at once.
  if (kept.scope !== scope || !sameArrangement(kept.arrangement, next)) setKept({ scope, arrangement: next });
  const admit = () => setKept({ scope, arrangement: arrange(next, waiting, { frozen: false, now }) });
  return { ...next, admit };
}
