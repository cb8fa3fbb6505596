import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { arrange, NO_ROWS, TOMBSTONE_MS } from "./order";
import { search } from "./filter";

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

describe("search", () => {
  const list = [
    approval({ id: "a", level: "low", agent: "nova", title: "Run: ls" }),
    approval({ id: "b", level: "high", agent: "atlas", title: "Deploy payments" }),
    approval({ id: "c", level: "critical", agent: "nova", title: "Deploy auth" }),
  ];
  it.each([
    ["", ["a", "b", "c"]],
    ["deploy", ["b", "c"]],
    ["agent:nova deploy", ["c"]],
    ["level:>=high", ["b", "c"]],
    ["level:high", ["b"]],
    ["level:nonsense", []],
    ["repo:auth", ["a", "b", "c"]],
  ])("finds %s", (query, found) => expect(ids(search(list, query))).toEqual(found));
});
