/**
 * Which parts of a diff were looked at: a hunk is, once the end of each of its pieces has been in view. Without an observer
 * (no layout) everything counts as looked at.
 */
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";

export interface Looking {
  /** The hunks that were looked at, by position. */
  seen: ReadonlySet<number>;
  /** Watches the ends of the pieces that a hunk drew; the function ends it. */
  watch: (hunk: number, drawn: HTMLElement) => () => void;
  /** Brings what was not looked at yet into view; whether there was something. */
  goOn: () => boolean;
}

export function useLooked(root: RefObject<HTMLElement | null>, count: number): Looking {
  const observes = typeof IntersectionObserver !== "undefined";
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set<number>());
  const waits = useRef(new Map<number, Set<Element>>());
  const observer = useRef<IntersectionObserver | null>(null);
  const observe = useCallback(() => {
    observer.current ??= new IntersectionObserver((entries) => {
      const done: number[] = [];
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        for (const [hunk, ends] of waits.current) {
          if (ends.delete(target) && ends.size === 0) done.push(hunk);
        }
        observer.current?.unobserve(target);
      }
      if (done.length > 0) setSeen((before) => new Set([...before, ...done]));
    });
    return observer.current;
  }, []);
  useEffect(
    () => () => {
      observer.current?.disconnect();
      observer.current = null;
    },
    [],
  );

  const watch = useCallback(
    (hunk: number, drawn: HTMLElement) => {
      if (!observes) return () => undefined;
      // What is hidden is an end that never comes into view.
      const ends = new Set<Element>(drawn.querySelectorAll("[data-end], [data-unseen]"));
      waits.current.set(hunk, ends);
      for (const end of ends) if (!("unseen" in (end as HTMLElement).dataset)) observe().observe(end);
      return () => {
        for (const end of ends) observer.current?.unobserve(end);
        waits.current.delete(hunk);
      };
    },
    [observes, observe],
  );
  const goOn = () => {
    if (!observes) return false;
    const next = Array.from({ length: count }, (_, i) => i).find((i) => !seen.has(i));
    if (next === undefined) return false;
    const end = waits.current.get(next)?.values().next().value;
    if (end) end.scrollIntoView({ block: "end" });
    else root.current?.querySelector(`[data-hunk="${next}"]`)?.scrollIntoView({ block: "start" });
    return true;
  };
  const all = useMemo(() => new Set(Array.from({ length: count }, (_, i) => i)), [count]);
  return { seen: observes ? seen : all, watch, goOn };
}
