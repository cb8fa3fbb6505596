import { describe, expect, it } from "vitest";
import type { ApprovalView, ConsoleState } from "../api/types";
import { approval, consoleState, device, NOW_MS } from "../test/fixtures";
import { eligibility, type Circumstances } from "./eligibility";

const may = (view: Partial<ApprovalView>, console: Partial<ConsoleState> = {}, more: Partial<Circumstances> = {}) =>
  eligibility(approval(view), { console: consoleState(console), kind: "desktop", problems: [], now: NOW_MS, ...more });

describe("friction", () => {
  it.each([
    ["low", { friction: "click", passphrase: false }],
    ["medium", { friction: "dialog", passphrase: false }],
    ["high", { friction: "hold", passphrase: true }],
    ["critical", { friction: "typed", passphrase: true }],
    ["nonsense", { friction: "typed", passphrase: true }],
  ])("of %s", (level, approve) => expect(may({ level }).approve).toEqual(approve));

  it("asks for the passphrase whenever the server wants the step-up key", () => {
    expect(may({ level: "low", needs_step_up: true }).approve).toEqual({ friction: "dialog", passphrase: true });
  });
});

describe("no Approve, but Reject", () => {
  it.each<[string, ReturnType<typeof may>]>([
    ["for one's own request", may({ requester: "alice" })],
    ["after one's own vote", may({ votes: [{ user: "alice", verdict: "approve", surface: "web", reason: "", at: 0 }] })],
    ["above the device's ceiling", may({ level: "medium" }, { device: device({ ceiling: "low" }) })],
    ["without a step-up key", may({ level: "high" }, { device: device({ step_up_key: null }) })],
    ["offline at high", may({ level: "high" }, { online: false })],
    ["stale at critical", may({ level: "critical" }, { stale: true })],
    ["when it cannot be shown whole", may({}, {}, { problems: ["x"] })],
    ["when the record does not verify", may({}, { integrity: { ok: false, size: 1 } })],
  ])("%s", (_, { approve, why, reject }) => {
    expect(approve).toBeNull();
    expect(why).not.toEqual([]);
    expect(reject).toBe(true);
  });
});

describe("without a connection", () => {
  const allowances = (offline: string) => ({ online: false, allowances: { offline, offline_minutes: 60, notification: "none" } });

  it.each([
    ["none", "low", /lets nothing be approved/],
    ["none", "medium", /lets nothing be approved/],
    ["low", "low", null],
    ["low", "medium", /only low risk/],
    ["medium", "medium", null],
    ["whatever is new", "low", /lets nothing be approved/],
    ["medium", "high", /needs a connection at this level/],
  ])("up to %s: %s", (upTo, level, why) => {
    const found = may({ level }, allowances(upTo));
    expect(found.reject).toBe(true);
    expect(found.approve === null).toBe(why !== null);
    expect(found.why).toHaveLength(why === null ? 0 : 1);
    expect(found.why.join("")).toMatch(why ?? /^$/);
  });

  it("ends with the lease, and a connection that is not live is none", () => {
    const late = may({ level: "low" }, { ...allowances("medium"), approve_offline_until: NOW_MS * 1000 - 1000 });
    expect(late.why).toEqual([expect.stringMatching(/last contact is longer ago/)]);
    expect(may({ level: "low" }, { ...allowances("none"), online: true, stale: true }).approve).toBeNull();
    expect(may({ level: "low" }, { ...allowances("none"), online: true }).approve).not.toBeNull();
  });
});

describe("nothing at all", () => {
  it.each<[string, ReturnType<typeof may>]>([
    ["for an auditor", may({}, { role: "auditor" })],
    ["for an unconfirmed device", may({}, { device: device({ confirmed_at: null }) })],
    ["for a revoked device", may({}, { device: device({ revoked_at: 1 }) })],
    ["after the deadline", may({ expires_at: NOW_MS * 1000 })],
    ["offline on the web", may({}, { online: false }, { kind: "web" })],
  ])("%s", (_, { approve, why, reject }) => {
    expect([approve, reject]).toEqual([null, false]);
    expect(why).toHaveLength(1);
  });

  it("is offered on a request that has ended", () => {
    expect(may({ status: "approved" })).toEqual({ approve: null, why: [], reject: false });
  });
});

describe("still allowed", () => {
  it("is a low approve offline on the desktop", () => expect(may({}, { online: false }).approve).not.toBeNull());
  it("is a medium approve while stale", () => expect(may({ level: "medium" }, { stale: true }).approve).not.toBeNull());
});
