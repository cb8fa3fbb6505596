/**
 * Whether everything that must be read before deciding has been in view, all of it: each part of a section marked
 * `data-must`, from its top to its bottom. Of a diff these are the hunks that deserve a look, or, where none does, the first and the last
 * one. Jumping to the end passes over what is between, and reads none of it.
 */
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { cover, firstGap, type Stretch } from "./covered";

export interface Read {
  seen: boolean;
  /** Parts that were not all in view. */
  left: number;
  /** Goes on with the first part that was not; whether there was one. */
  readOn(): boolean;
}

const SLACK_PX = 2;
/** What stays in view above, so that the eye finds its place. */
const MARGIN_PX = 24;

/** The parts in their order. */
function partsOf(scroller: Element): Element[] {
  return [...scroller.querySelectorAll("[data-must] > *")].flatMap((part) => {
    const hunks = [...part.querySelectorAll("[data-hunk]")];
    if (hunks.length === 0) return [part];
    const risky = hunks.filter((hunk) => hunk.hasAttribute("data-risky"));
    const ends = hunks.length > 1 ? [hunks[0], hunks.at(-1)] : hunks;
    return risky.length > 0 ? risky : ends.filter((hunk) => hunk !== undefined);
  });
}

const slackOf = (height: number): number => (height > 0 ? SLACK_PX / height : 1);

interface View {
  top: number;
  bottom: number;
}

/** What of a part is in view now; null: nothing. What is hidden, or a hunk that is not drawn yet or not whole, cannot be read. */
function inView(part: Element, view: View): Stretch | null {
  const hidden = typeof part.checkVisibility === "function" && !part.checkVisibility();
  if (hidden || part.hasAttribute("data-hides") || (part.hasAttribute("data-hunk") && !part.hasChildNodes())) return null;
  const { top, bottom, height } = part.getBoundingClientRect();
  if (bottom < view.top || top > view.bottom) return null;
  if (height === 0) return [0, 1];
  const within = (y: number) => (Math.min(Math.max(y, top), bottom) - top) / height;
  return [within(view.top), within(view.bottom)];
}

type Known = WeakMap<Element, readonly Stretch[]>;

function unread(scroller: Element, known: Known): { part: Element; from: number }[] {
  const box = scroller.getBoundingClientRect();
  // Beyond the window nobody reads, whatever lays the page out.
  const view = { top: Math.max(box.top, 0), bottom: Math.min(box.bottom, globalThis.innerHeight) };
  return partsOf(scroller).flatMap((part) => {
    const slack = slackOf(part.getBoundingClientRect().height);
    const before = known.get(part) ?? [];
    const seen = firstGap(before, slack) === null ? null : inView(part, view);
    const after = seen === null ? before : cover(before, seen, slack);
    known.set(part, after);
    const from = firstGap(after, slack);
    return from === null ? [] : [{ part, from }];
  });
}

/** `scope` is what is read; another one must be read anew. */
export function useRead(scroller: RefObject<HTMLElement | null>, scope: string): Read {
  const [told, setTold] = useState<{ scope: string; left: number } | null>(null);
  const known = useRef<{ scope: string; parts: Known }>({ scope, parts: new WeakMap() });
  const look = useCallback(() => {
    if (known.current.scope !== scope) known.current = { scope, parts: new WeakMap() };
    const left = scroller.current === null ? [] : unread(scroller.current, known.current.parts);
    if (scroller.current !== null) setTold((old) => (old?.scope === scope && old.left === left.length ? old : { scope, left: left.length }));
    return left;
  }, [scroller, scope]);
  const seen = told?.scope === scope && told.left === 0;
  useLayoutEffect(() => void look(), [look]);
  useLooking(scroller, look, !seen);
  return {
    seen,
    left: told?.scope === scope ? told.left : 1,
    readOn() {
      const next = look().at(0);
      if (!next || !scroller.current) return false;
      const { top, height } = next.part.getBoundingClientRect();
      const by = top + next.from * height - scroller.current.getBoundingClientRect().top - MARGIN_PX;
      scroller.current.scrollBy({ top: by, behavior: "instant" });
      look();
      return true;
    },
  };
}

/** Looks again whenever something may have come into view. */
function useLooking(scroller: RefObject<HTMLElement | null>, look: () => unknown, on: boolean): void {
  const tell = useEffectEvent(look);
  useEffect(() => {
    const element = scroller.current;
    if (!on || !element) return undefined;
    let frame = 0;
    const soon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => tell());
    };
    element.addEventListener("scroll", soon, { passive: true });
    // What is drawn only near the view comes without a scroll.
    const drawn = new MutationObserver(soon);
    drawn.observe(element, { childList: true, subtree: true });
    const sized = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(soon);
    sized?.observe(element);
    for (const child of element.children) sized?.observe(child);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", soon);
      drawn.disconnect();
      sized?.disconnect();
    };
  }, [scroller, on]);
}
