import { describe, expect, it } from "vitest";
import { approval, NOW, NOW_MS } from "../test/fixtures";
import { brake, noteApproved, withVotes, type Approved } from "./brake";

const series = (n: number, openMs: number | null): Approved[] => Array.from({ length: n }, (_, i) => ({ approvalId: `a-${i}`, at: i * 5000, openMs }));

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

  it("counts what was approved elsewhere, but does not call it unread", () => {
    expect(brake([...series(6, null), ...series(4, 100)], 50_000)).toBeNull();
    expect(brake([...series(7, null), ...series(4, 100)], 50_000)).toMatchObject({ why: "many", count: 11 });
    expect(brake([...series(3, null), ...series(5, 100)], 25_000)).toMatchObject({ why: "unread", count: 5 });
  });

  it("finds them by the votes of the list, each once", () => {
    const vote = (user: string, verdict = "approve") => ({ user, verdict, surface: "notification", reason: "", at: NOW });
    const mine = approval({ votes: [vote("alice")] });
    const others = [approval({ votes: [vote("bob")] }), approval({ votes: [vote("alice", "reject")] }), approval()];
    expect(withVotes([], [mine, ...others], "alice")).toEqual([{ approvalId: mine.id, at: NOW_MS, openMs: null }]);
    const here = [{ approvalId: mine.id, at: NOW_MS, openMs: 900 }];
    expect(withVotes(here, [mine, ...others], "alice")).toEqual(here);
  });

  it("remembers each of a bulk, across pages and for each person", () => {
    noteApproved("alice", ["a", "b", "c", "d", "e"], 10_000, NOW_MS);
    const kept = JSON.parse(localStorage.getItem("navi.approved.alice") ?? "") as Approved[];
    expect(kept.map(({ approvalId, openMs }) => [approvalId, openMs])).toEqual(["a", "b", "c", "d", "e"].map((id) => [id, 2000]));
    expect(brake(kept, NOW_MS + 1000)).toMatchObject({ why: "unread", count: 5 });
    expect(localStorage.getItem("navi.approved.bob")).toBeNull();
    noteApproved("alice", ["f"], 10_000, NOW_MS + 200_000);
    expect(JSON.parse(localStorage.getItem("navi.approved.alice") ?? "")).toHaveLength(1);
  });
});
