/** The way to a conflict that was found while something was about to be saved: it stands at the top, the button at the bottom. */
import { useEffect, useRef, type RefObject } from "react";

type Top = RefObject<HTMLDivElement | null>;

const show = (top: Top) => top.current?.scrollIntoView({ block: "start" });

/** `top` is what holds the conflict; `show` brings it into view, as soon as it is drawn. */
export function useConflictTop(conflict: boolean): { top: Top; show: () => void } {
  const top = useRef<HTMLDivElement>(null);
  const wanted = useRef(false);
  useEffect(() => {
    if (conflict && wanted.current) show(top);
    wanted.current = false;
  }, [conflict]);
  return {
    top,
    show: () => {
      wanted.current = !conflict;
      if (conflict) show(top);
    },
  };
}
