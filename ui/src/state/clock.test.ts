import { describe, expect, it } from "vitest";
import { leftOf, ServerClock, timeLeft, urgency, warnsAboutClock } from "./clock";

describe("server clock", () => {
  const at = (readings: [mono: number, server: number][]) => {
    let mono = 0;
    const clock = new ServerClock(() => mono);
    for (const [when, server] of readings) {
      mono = when;
      clock.read(server * 1000);
    }
    return { clock, wait: (ms: number) => (mono += ms) };
  };

  it("runs on the monotonic clock from the last reading", () => {
    const { clock, wait } = at([[100, 5_000]]);
    wait(2_500);
    expect(clock.now()).toBe(7_500);
  });

  it("does not jump for a small difference", () => {
    const { clock } = at([[0, 5_000], [1_000, 6_900]]);
    expect(clock.now()).toBe(6_000);
  });

  it("follows a large difference in either direction", () => {
    expect(at([[0, 5_000], [1_000, 9_000]]).clock.now()).toBe(9_000);
    expect(at([[0, 50_000], [1_000, 9_000]]).clock.now()).toBe(9_000);
  });

  it("warns about this machine's clock with hysteresis", () => {
    expect(warnsAboutClock(29_000, false)).toBe(false);
    expect(warnsAboutClock(-31_000, false)).toBe(true);
    expect(warnsAboutClock(25_000, true)).toBe(true);
    expect(warnsAboutClock(19_000, true)).toBe(false);
  });
});

describe("time left", () => {
  it.each([
    [0, "time is up"],
    [-5, "time is up"],
    [1, "0:01"],
    [59_400, "1:00"],
    [545_000, "9:05"],
    [840_000, "14 min"],
    [7_500_000, "2 h 05 min"],
  ])("says %i ms as %s", (ms, words) => expect(timeLeft(ms)).toBe(words));

  it("presses harder towards the end", () => {
    expect([400_000, 299_000, 60_000].map(urgency)).toEqual(["calm", "soon", "now"]);
  });
});

describe("what is left of a request", () => {
  it("stands still under a freeze", () => {
    expect(leftOf({ expires_at: 9_000_000 }, 4_000)).toBe(5_000);
    expect(leftOf({ expires_at: 9_000_000, paused_since: 2_000_000 }, 400_000)).toBe(7_000);
    expect(leftOf({ expires_at: 9_000_000, paused_since: 5_000_000 }, 4_000)).toBe(5_000);
  });
});
