import { describe, expect, it } from "vitest";
import { approval, NOW_MS } from "../test/fixtures";
import { SPANS, untilOf } from "./snooze";

const MINUTE = 60_000;
const choices = (minutes: number, more = {}) => {
  const view = approval({ expires_at: (NOW_MS + minutes * MINUTE) * 1000, ...more });
  return SPANS.map((span) => {
    const until = untilOf(span, view, NOW_MS);
    return until === null ? null : (until - NOW_MS) / MINUTE;
  });
};

describe("a snooze", () => {
  it("is offered only where it ends a minute before the deadline", () => {
    expect(choices(16).slice(0, 3)).toEqual([15, null, 6]);
    expect(choices(15).slice(0, 3)).toEqual([null, null, 5]);
    expect(choices(61).slice(0, 3)).toEqual([15, 60, 51]);
    expect(choices(9)).toEqual([null, null, null, null]);
  });

  it("until tomorrow ends in the morning of the next day", () => {
    const until = untilOf("tomorrow", approval({ expires_at: (NOW_MS + 3 * 86_400_000) * 1000 }), NOW_MS);
    const [now, then] = [new Date(NOW_MS), new Date(until ?? 0)];
    expect([then.getHours(), then.getMinutes()]).toEqual([8, 0]);
    now.setDate(now.getDate() + 1);
    expect(then.getDate()).toBe(now.getDate());
    expect(choices(30).at(-1)).toBeNull();
  });

  it("reckons with time that stands still", () => {
    expect(choices(0, { expires_at: (NOW_MS + 20 * MINUTE) * 1000, paused_since: (NOW_MS - 60 * MINUTE) * 1000 })[1]).toBe(60);
  });
});
