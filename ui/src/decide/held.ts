/**
 * Approvals of low risk that are held back for five seconds. Nothing is signed and nothing leaves this window before the
 * time is over; it goes on when another request is opened, and closing the window drops it.
 */
import { useSyncExternalStore } from "react";

export const HOLD_BACK_MS = 5_000;

export interface Held {
  approvalId: string;
  title: string;
  /** On the clock of this page (`performance.now`). */
  until: number;
}

interface Kept extends Held {
  timer: ReturnType<typeof setTimeout>;
}

let kept: readonly Kept[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Kept[]): void {
  kept = next;
  for (const listener of listeners) listener();
}

/** Sends after five seconds, unless it is undone. A second press for the same request changes nothing. */
export function holdBack(approvalId: string, title: string, send: () => void): void {
  if (kept.some((one) => one.approvalId === approvalId)) return;
  const timer = setTimeout(() => {
    set(kept.filter((one) => one.timer !== timer));
    send();
  }, HOLD_BACK_MS);
  set([...kept, { approvalId, title, until: performance.now() + HOLD_BACK_MS, timer }]);
}

/** Takes one back, or the newest; whether there was one. */
export function undo(approvalId?: string): boolean {
  const one = approvalId === undefined ? kept.at(-1) : kept.find((held) => held.approvalId === approvalId);
  if (one === undefined) return false;
  clearTimeout(one.timer);
  set(kept.filter((held) => held !== one));
  return true;
}

const listen = (changed: () => void) => {
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
  };
};

export function useHeld(): readonly Held[] {
  return useSyncExternalStore(listen, () => kept);
}
