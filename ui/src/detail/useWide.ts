/** Whether an element has at least so much room. Without an observer (no layout) there is room. */
import { useEffect, useState, type RefObject } from "react";

export function useWide(element: RefObject<HTMLElement | null>, px: number): boolean {
  const [wide, setWide] = useState(true);
  useEffect(() => {
    if (!element.current || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver((entries) => {
      const width = entries.at(-1)?.contentRect.width;
      if (width !== undefined) setWide(width >= px);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, px]);
  return wide;
}
