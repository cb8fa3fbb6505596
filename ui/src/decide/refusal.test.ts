import { describe, expect, it } from "vitest";
import { approval, NOW, NOW_MS } from "../test/fixtures";
import { refusedWords } from "./refusal";
import { termsOf } from "./terms";

const SECOND = 1_000_000;
const refusal = (code: string, more = {}) => ({ code, madeAt: NOW_MS - 60_000, toldAt: NOW_MS, ...more });
const vote = (user: string, verdict = "approve") => ({ user, verdict, surface: "web", reason: "", at: NOW - 40 * SECOND });
const ended = (status: string, user = "bob") => approval({ status, ended_at: NOW - 40 * SECOND, votes: [vote(user)] });

describe("why a decision did not count", () => {
  it("names who was first, and by how much", () => {
    expect(refusedWords(refusal("already_decided"), ended("approved"), "alice")).toContain("Already approved by bob, 40 s before your decision arrived.");
    expect(refusedWords(refusal("already_decided"), ended("rejected", "alice"), "alice")).toContain("Already rejected by you, on another device, 40 s before");
  });

  it("does not claim to know when a vote from the outbox arrived", () => {
    const signed = (before: number) => refusal("already_decided", { madeAt: NOW_MS - before * 1000, toldAt: null });
    expect(refusedWords(signed(100), ended("approved"), "alice")).toContain("1 min after you signed and before your decision arrived");
    expect(refusedWords(signed(10), ended("approved"), "alice")).toContain("30 s before you signed");
  });

  it("says by how much it was late", () => {
    const late = approval({ status: "expired", expires_at: NOW - 180 * SECOND, ended_at: NOW - 170 * SECOND });
    expect(refusedWords(refusal("expired"), late, "alice")).toContain("It expired 3 min before your decision arrived.");
    expect(refusedWords(refusal("expired", { toldAt: null }), late, "alice")).toContain("It had expired 2 min before you signed.");
  });

  it("lists what is needed beyond what was signed", () => {
    const before = termsOf(approval({ level: "medium" }));
    const now = approval({ level: "high", quorum: 2, needs_step_up: true, policy_hash: "ef" });
    const said = refusedWords(refusal("policy_changed", { terms: before }), now, "alice");
    expect(said).toContain("New: 2 people must approve it, not 1. It takes the step-up key. Its level is High now.");
    expect(refusedWords(refusal("policy_changed", { terms: before }), approval({ level: "medium" }), "alice")).toContain("The policy changed while you were deciding.");
  });

  it("falls back to the sentence of the code, and to the server's words", () => {
    expect(refusedWords(refusal("already_decided"), undefined, "alice")).toContain("Somebody decided this");
    expect(refusedWords(refusal("odd", { message: "The server says no." }), undefined, null)).toBe("The server says no.");
    expect(refusedWords(refusal("lost"), undefined, null)).toContain("not known whether");
  });
});
