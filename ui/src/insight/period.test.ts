import { describe, expect, it } from "vitest";
import { asQuery, readAsked } from "./period";

describe("the question about a period", () => {
  it("names whole microseconds, whatever parts of milliseconds the clock counts", () => {
    for (const now of [0.1, 1 / 3, 0.75].map((part) => 1_790_000_000_000 + part)) {
      const { from } = asQuery(readAsked("days=7"), now);
      expect(Number.isSafeInteger(from)).toBe(true);
      expect(String(from)).toMatch(/^\d+$/);
    }
  });

  it("reaches from the one day that is given: to today, or back", () => {
    const [first, last] = [Date.UTC(2026, 8, 1) * 1000, Date.UTC(2026, 8, 7) * 1000];
    expect(asQuery(readAsked("from=2026-09-01"), 0)).toEqual({ from: first });
    expect(asQuery(readAsked("to=2026-09-07&days=7"), 0)).toEqual({ from: first, to: last });
  });

  it("takes whole days of UTC as they are", () => {
    expect(asQuery(readAsked("from=2026-09-01&to=2026-09-02&repo=shop"), 0)).toEqual({
      from: Date.UTC(2026, 8, 1) * 1000,
      to: Date.UTC(2026, 8, 2) * 1000,
      repo: "shop",
    });
  });
});
