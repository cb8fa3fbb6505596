/** Whether the end of a part has been in view once. Without an observer (no layout) everything counts as seen. */
import { useEffect, useState, type RefObject } from "react";

export function useSeen(
  scroller: RefObject<HTMLElement | null>,
  end: RefObject<HTMLElement | null>,
  scope: string,
): boolean {
  const [seen, setSeen] = useState<string | null>(null);
  const observes = typeof IntersectionObserver !== "undefined";
  useEffect(() => {
    if (!end.current || !observes) return undefined;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(scope),
      { root: scroller.current },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [scroller, end, scope, observes]);
  return seen === scope || !observes;
}
