/**
 * Single-letter keys. They never act in an input, under a dialog, with a modifier, on key repeat, or just after the
 * window got focus, and they can be switched off (WCAG 2.1.4).
 */
import { useEffect, useRef } from "react";

const SETTLE_MS = 400;
const SWITCH = "navi.letter-keys";

export type Bindings = Record<string, () => void>;

export function letterKeysOn(): boolean {
  return globalThis.localStorage.getItem(SWITCH) !== "off";
}

export function setLetterKeys(on: boolean): void {
  globalThis.localStorage.setItem(SWITCH, on ? "on" : "off");
}

/** Whether a key press may act at all. */
export function mayAct(event: KeyboardEvent, focusedAgoMs: number): boolean {
  if (event.repeat || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (focusedAgoMs < SETTLE_MS) return false;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable], [role=dialog]")) return false;
  if (document.querySelector("[role=dialog]")) return false;
  return !/^[a-z?]$/i.test(event.key) || letterKeysOn();
}

export function useKeys(bindings: Bindings): void {
  const current = useRef(bindings);
  useEffect(() => {
    current.current = bindings;
  });
  useEffect(() => {
    let focusedAt = Number.NEGATIVE_INFINITY;
    const focused = () => {
      focusedAt = performance.now();
    };
    const pressed = (event: KeyboardEvent) => {
      const act = current.current[event.key];
      if (!act || !mayAct(event, performance.now() - focusedAt)) return;
      event.preventDefault();
      act();
    };
    globalThis.addEventListener("focus", focused);
    document.addEventListener("keydown", pressed);
    return () => {
      globalThis.removeEventListener("focus", focused);
      document.removeEventListener("keydown", pressed);
    };
  }, []);
}
