import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { arrange, NO_ROWS, sorted, TOMBSTONE_MS } from "./order";

const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

describe("order of the queue", () => {
  const low = approval({ id: "low", level: "low", expires_at: 10 });
  const high = approval({ id: "high", level: "high", expires_at: 99 });
  const soon = approval({ id: "soon", level: "low", expires_at: 5 });

  it("puts the gravest first, then the one that expires first", () => {
    expect(ids(arrange(NO_ROWS, [low, soon, high], { frozen: false, now: 0 }).rows)).toEqual(["high", "soon", "low"]);
  });

  it("moves nothing while frozen and holds new requests back", () => {
    const before = arrange(NO_ROWS, [low], { frozen: false, now: 0 });
    const during = arrange(before, [low, high, soon], { frozen: true, now: 1 });
    expect(ids(during.rows)).toEqual(["low"]);
    expect(during.held).toEqual(["high", "soon"]);
    expect(ids(arrange(during, [low, high, soon], { frozen: false, now: 2 }).rows)).toEqual(["high", "soon", "low"]);
  });

  it("shows the first requests even when it is frozen from the start", () => {
    expect(ids(arrange(NO_ROWS, [low], { frozen: true, now: 0 }).rows)).toEqual(["low"]);
  });

  it("leaves a tombstone in place, for as long as it is frozen and at least its time", () => {
    const before = arrange(NO_ROWS, [low, high], { frozen: false, now: 0 });
    const decided = arrange(before, [low], { frozen: true, now: 1_000 });
    expect(decided.rows).toEqual([{ id: "high", goneAt: 1_000 }, { id: "low", goneAt: null }]);
    const later = arrange(decided, [low], { frozen: true, now: 1_000 + TOMBSTONE_MS * 5 });
    expect(ids(later.rows)).toEqual(["high", "low"]);
    expect(ids(arrange(decided, [low], { frozen: false, now: 2_000 }).rows)).toEqual(["high", "low"]);
    expect(ids(arrange(later, [low], { frozen: false, now: 1_000 + TOMBSTONE_MS }).rows)).toEqual(["low"]);
  });

  it("never shows one request twice", () => {
    const before = arrange(NO_ROWS, [low, high], { frozen: false, now: 0 });
    const gone = arrange(before, [low], { frozen: true, now: 1 });
    expect(ids(arrange(gone, [low, high], { frozen: false, now: 2 }).rows)).toEqual(["high", "low"]);
  });
});

describe("deadline times risk", () => {
  const at = (id: string, level: string, minutes: number) => approval({ id, level, expires_at: minutes * 60_000_000 });
  it("puts little time before a little more risk, and much risk before little time", () => {
    const rows = [at("low soon", "low", 2), at("medium late", "medium", 60), at("critical late", "critical", 60), at("low late", "low", 60)];
    expect(ids(sorted(rows, "pressing", 0))).toEqual(["critical late", "low soon", "medium late", "low late"]);
  });

  it("can be left for risk, deadline or age alone", () => {
    const rows = [
      approval({ id: "a", level: "low", expires_at: 5, created_at: 1 }),
      approval({ id: "b", level: "high", expires_at: 9, created_at: 2 }),
      approval({ id: "c", level: "medium", expires_at: 7, created_at: 3 }),
    ];
    expect(ids(sorted(rows, "risk", 0))).toEqual(["b", "c", "a"]);
    expect(ids(sorted(rows, "deadline", 0))).toEqual(["a", "c", "b"]);
    expect(ids(sorted(rows, "newest", 0))).toEqual(["c", "b", "a"]);
  });
});

describe("a tab with an order of its own", () => {
  it("keeps it, and stands still too while it is frozen", () => {
    const [first, second, third] = [approval({ level: "low" }), approval({ level: "critical" }), approval({ level: "high" })];
    const terms = { now: 0, sorting: "given" as const };
    const before = arrange(NO_ROWS, [first, second], { ...terms, frozen: false });
    expect(before.rows.map(({ id }) => id)).toEqual([first.id, second.id]);
    const held = arrange(before, [third, second], { ...terms, frozen: true });
    expect([held.rows.map(({ id }) => id), held.held]).toEqual([[first.id, second.id], [third.id]]);
  });
});
