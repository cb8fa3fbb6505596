/** Keeps an `Arrangement` from render to render. */
import { useCallback, useEffect, useState } from "react";
import type { ApprovalView } from "../api/types";
import { arrange, NO_ROWS, sameArrangement, type Arrangement } from "./order";

interface Arranged extends Arrangement {
  /** Lets the held rows in now. */
  admit(): void;
}

export function useArrangement(waiting: ApprovalView[], frozen: boolean, now: number, scope: string): Arranged {
  const [kept, setKept] = useState<{ scope: string; arrangement: Arrangement }>({ scope, arrangement: NO_ROWS });
  const previous = kept.scope === scope ? kept.arrangement : NO_ROWS;
  const next = arrange(previous, waiting, { frozen, now });
  useEffect(() => {
    setKept((old) =>
      old.scope === scope && sameArrangement(old.arrangement, next) ? old : { scope, arrangement: next },
    );
  });
  const admit = useCallback(() => {
    setKept((old) => ({ scope, arrangement: arrange(old.arrangement, waiting, { frozen: false, now }) }));
  }, [scope, waiting, now]);
  return { ...next, admit };
}
