/**
 * The brake on rubber stamps: who approves many in a short time, or without time to read, is slowed down and told why. Kept
 * in this window only; it measures nobody and is sent nowhere.
 */
export interface Approved {
  /** Milliseconds on any one clock. */
  at: number;
  /** For how long the request had been open. */
  openMs: number;
}

export interface Braking {
  why: "many" | "unread";
  count: number;
  seconds: number;
}

const WINDOW_MS = 120_000;
const MANY = 10;
const FEW = 5;
const READING_MS = 3_000;

/** Whether the next approval is slowed down; null when not. Pure. */
export function brake(approved: readonly Approved[], now: number): Braking | null {
  const recent = approved.filter(({ at }) => now - at < WINDOW_MS);
  const first = recent[0];
  if (first === undefined) return null;
  const found = { count: recent.length, seconds: Math.max(1, Math.round((now - first.at) / 1000)) };
  if (recent.length > MANY) return { why: "many", ...found };
  const open = recent.reduce((sum, { openMs }) => sum + openMs, 0) / recent.length;
  return recent.length >= FEW && open < READING_MS ? { why: "unread", ...found } : null;
}

let approved: Approved[] = [];

export function noteApproved(openMs: number, now = performance.now()): void {
  approved = [...approved.filter(({ at }) => now - at < WINDOW_MS), { at: now, openMs }];
}

export const braking = (now = performance.now()): Braking | null => brake(approved, now);

/** Forgets everything, as a new window does. */
export function releaseBrake(): void {
  approved = [];
}
