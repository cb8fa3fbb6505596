import { describe, expect, it } from "vitest";
import { brake } from "./brake";

const series = (n: number, openMs: number) => Array.from({ length: n }, (_, i) => ({ at: i * 5000, openMs }));

describe("the brake on rubber stamps", () => {
  it("lets ten in two minutes pass, and stops the one after eleven", () => {
    expect(brake(series(10, 60_000), 50_000)).toBeNull();
    expect(brake(series(11, 60_000), 55_000)).toEqual({ why: "many", count: 11, seconds: 55 });
  });

  it("stops a series that nobody can have read", () => {
    expect(brake(series(5, 2000), 25_000)).toEqual({ why: "unread", count: 5, seconds: 25 });
    expect(brake(series(5, 3000), 25_000)).toBeNull();
    expect(brake(series(4, 100), 25_000)).toBeNull();
  });

  it("is released by time", () => {
    expect(brake(series(11, 100), 50_000 + 120_000)).toBeNull();
    expect(brake([], 0)).toBeNull();
  });
});
