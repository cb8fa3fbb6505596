/** Until when a request can be put off. Pure; times are the server's, in milliseconds. */
import type { ApprovalView } from "../api/types";
import { leftOf } from "../state/clock";

const MINUTE = 60_000;
/** A snooze ends at least this long before the deadline, as the server has it. */
const LAST_CALL = MINUTE;
/** "Until it has ten minutes left." */
const LEFT = 10 * MINUTE;
/** The hour at which "tomorrow" begins here. */
const MORNING = 8;

export const SPANS = ["quarter", "hour", "ten_left", "tomorrow"] as const;
export type Span = (typeof SPANS)[number];

/** Until when; null where that is no choice: it would end after the last call, or at once. */
export function untilOf(span: Span, view: ApprovalView, now: number): number | null {
  const end = now + leftOf(view, now);
  const until = wanted(span, end, now);
  return until > now && until <= end - LAST_CALL ? until : null;
}

function wanted(span: Span, end: number, now: number): number {
  switch (span) {
    case "quarter":
      return now + 15 * MINUTE;
    case "hour":
      return now + 60 * MINUTE;
    case "ten_left":
      return end - LEFT;
    case "tomorrow": {
      const day = new Date(now);
      day.setDate(day.getDate() + 1);
      day.setHours(MORNING, 0, 0, 0);
      return day.getTime();
    }
  }
}
