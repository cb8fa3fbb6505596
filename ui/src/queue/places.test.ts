import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { approval, consoleState, NOW, NOW_MS } from "../test/fixtures";
import { placeOf, placesOf, startOfDay } from "./places";

const VOTE = { user: "alice", verdict: "approve", surface: "window", reason: "", own_request: false, at: NOW };
const place = (more: Partial<ApprovalView>, role = "approver") => placeOf(approval(more), consoleState({ role }), NOW_MS);

describe("where a request lies", () => {
  it.each<[string, Partial<ApprovalView>]>([
    ["me", {}],
    ["me", { deciders: [] }],
    ["me", { snoozed_until: NOW }],
    ["me", { requester: "alice", deciders: ["alice"] }],
    ["snoozed", { snoozed_until: NOW + 1_000_000 }],
    ["others", { requester: "alice", deciders: [] }],
    ["others", { deciders: ["bob"] }],
    ["others", { votes: [VOTE], quorum: 2 }],
    ["others", { votes: [{ ...VOTE, user: "bob", for_user: "alice" }], quorum: 2 }],
    ["done", { status: "approved", snoozed_until: NOW + 1_000_000 }],
  ])("is %s", (expected, more) => expect(place(more)).toBe(expected));

  it("is with others for who does not decide, and with me before that is known", () => {
    expect(place({}, "auditor")).toBe("others");
    expect(placeOf(approval(), undefined, NOW_MS)).toBe("me");
  });

  it("counts what ended before today without listing it", () => {
    const today = startOfDay(NOW_MS) * 1000;
    const ended = (at: number) => approval({ status: "rejected", ended_at: at });
    const [first, second] = [ended(today), ended(today + 5)];
    const places = placesOf([first, second, ended(today - 1)], consoleState(), NOW_MS);
    expect(places.done).toEqual([second, first]);
    expect(places.earlier).toBe(1);
  });
});
