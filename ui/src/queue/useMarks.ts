/**
 * What is chosen for doing something with several. A mark is for what was shown when it was set: another content is not
 * marked any more, and that is said.
 */
import { useMemo, useRef, useState } from "react";
import type { ApprovalView } from "../api/types";
import { identityOf } from "./QueueRow";

export interface Marks {
  views: ApprovalView[];
  ids: ReadonlySet<string>;
  /** One that was marked has changed since. */
  changed: boolean;
  /** Marks one, or takes the mark off; with `range` all from the last one to this one in `rows`. */
  toggle(view: ApprovalView, range: boolean, rows: ApprovalView[]): void;
  clear(): void;
}

export function useMarks(byId: ReadonlyMap<string, ApprovalView>): Marks {
  const [marked, setMarked] = useState<ReadonlyMap<string, string>>(new Map());
  const anchor = useRef<string | null>(null);
  const { views, changed } = useMemo(() => {
    const waiting = [...marked].flatMap(([id, identity]) => {
      const view = byId.get(id);
      return view?.status === "pending" ? [{ view, same: identityOf(view) === identity }] : [];
    });
    return { views: waiting.filter(({ same }) => same).map(({ view }) => view), changed: waiting.some(({ same }) => !same) };
  }, [marked, byId]);
  const ids = useMemo(() => new Set(views.map((view) => view.id)), [views]);
  const span = (from: string | null, to: ApprovalView, rows: ApprovalView[]): ApprovalView[] => {
    const [a, b] = [rows.findIndex(({ id }) => id === from), rows.findIndex(({ id }) => id === to.id)];
    return a < 0 || b < 0 ? [to] : rows.slice(Math.min(a, b), Math.max(a, b) + 1);
  };
  return {
    views,
    ids,
    changed,
    toggle(view, range, rows) {
      const next = new Map([...marked].filter(([id]) => ids.has(id)));
      if (range) {
        for (const one of span(anchor.current, view, rows)) if (one.status === "pending") next.set(one.id, identityOf(one));
      } else if (!next.delete(view.id) && view.status === "pending") next.set(view.id, identityOf(view));
      anchor.current = view.id;
      setMarked(next);
    },
    clear: () => setMarked(new Map()),
  };
}
