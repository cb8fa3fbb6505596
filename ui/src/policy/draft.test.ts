/** Drafts: levels bring their defaults, choices stay, and two people's changes are put together. */
import { describe, expect, it } from "vitest";
import { clashes, differences, draftOf, issueOf, laneOf, moved, rebased, requestOf, spelled, withLevel } from "./draft";
import { DEFAULTS, policy } from "./fixtures";
import { overruling } from "./ActionChip";
import { diffLines } from "./TextDiff";
import { readScore } from "./ThresholdControl";
import { carried, changedNames } from "./useForm";
import { rolesWith } from "./usePolicy";
import { readScope, scopeOfWords, writeScope } from "./scope";

const base = draftOf(policy());

describe("a draft", () => {
  it("is what was read when nothing was changed", () => {
    expect(differences(base, draftOf(policy()))).toEqual([]);
    expect(requestOf(base, { user: "dana", repo: "pay" }, 3, " why ")).toEqual({
      level: "standard",
      max_risk_threshold: 0.6,
      auto_allowed_actions: ["file_read", "test_run"],
      require_approval_for: ["deploy", "deploy_prod"],
      blocked_actions: [],
      repo: "pay",
      version: 3,
      reason: "why",
    });
  });

  it("takes another level's defaults and keeps what was chosen apart from the old level's", () => {
    const chosen = moved(moved(base, "deploy", "block"), "file_read", "risk");
    const next = withLevel(chosen, "minimal", DEFAULTS);
    expect(next.threshold).toBe(200);
    expect(laneOf(next, "git_push")).toBe("ask");
    expect(laneOf(next, "deploy")).toBe("block");
    expect(laneOf(next, "file_read")).toBe("risk");
    expect(withLevel({ ...base, threshold: 450 }, "full", DEFAULTS).threshold).toBe(450);
  });

  it("marks every way in which it is looser, and lists those first", () => {
    const next = moved(moved({ ...base, threshold: 500 }, "deploy", "auto"), "git_push", "block");
    expect(differences(base, next).map(({ what, looser }) => [what, looser])).toEqual([
      ["deploy", true],
      ["threshold", false],
      ["git_push", false],
    ]);
  });

  it("is put on top of what somebody else saved, and tells where both changed the same", () => {
    const mine = moved({ ...base, threshold: 500 }, "git_push", "block");
    const theirs = moved({ ...base, threshold: 400 }, "deploy", "block");
    const both = rebased(base, mine, theirs);
    expect([both.threshold, laneOf(both, "deploy"), laneOf(both, "git_push")]).toEqual([500, "block", "block"]);
    expect(clashes(base, mine, theirs)).toEqual(["threshold"]);
    expect(clashes(base, mine, mine)).toEqual([]);
  });

  it("refuses entries that are empty, too long or listed already", () => {
    expect(spelled(" Deploy-* ")).toBe("deploy_*");
    expect(issueOf(base, "  ")).toBe("empty");
    expect(issueOf(base, "x".repeat(81))).toBe("long");
    expect(issueOf(base, "Deploy Prod")).toBe("listed");
    expect(issueOf(base, "deploy_*")).toBeNull();
  });

  it("knows which pattern of a stricter list overrules an entry", () => {
    const next = moved(base, "deploy*", "block");
    expect(overruling(next, "deploy_prod")).toBe("deploy*");
    expect(overruling(next, "test_run")).toBeNull();
    expect(overruling(moved(base, "test*", "auto"), "test_run")).toBeNull();
  });
});

it("reads scores with a point or a comma, and nothing else", () => {
  expect(["0.6", "0,65", "1", ".5", "1.001", "-1", "a", ""].map(readScore)).toEqual([600, 650, 1000, 500, null, null, null, null]);
});

it("compares texts line by line", () => {
  const lines = diffLines("a\nb\nc\nd", "a\nx\nc\ny\nd");
  expect(lines.map(({ sign, text }) => sign + text)).toEqual([" a", "-b", "+x", " c", "+y", " d"]);
  expect(diffLines("", "a").map(({ sign }) => sign)).toEqual(["+"]);
  expect(diffLines("same", "same").every(({ sign }) => sign === " ")).toBe(true);
});

it("carries changed settings over and leaves the rest as they are saved", () => {
  expect(carried({ a: "1", b: "1" }, { a: "2", b: "1" }, { a: "1", b: "3" })).toEqual({ a: "2", b: "3" });
  expect(changedNames({ a: "1", b: "" }, { a: "1", c: "2" })).toEqual(["c"]);
});

it("reads roles from the matrix of rights", () => {
  expect(rolesWith("edit_policy: admin oncall\nvote: nobody", "edit_policy")).toEqual(["admin", "oncall"]);
  expect(rolesWith("edit_policy: admin\nvote: nobody", "vote")).toEqual([]);
  expect(rolesWith("", "vote")).toEqual([]);
});

it("finds the scope in an address and in the server's words", () => {
  const scope = { user: "dana", repo: "pay/ments" };
  expect(readScope(writeScope(scope), { user: "default", repo: null })).toEqual(scope);
  expect(readScope("scope=role%3Aoncall&repo=x", scope)).toEqual({ user: "role:oncall", repo: null });
  expect(readScope("", scope)).toEqual(scope);
  expect(scopeOfWords("policy of dana in pay")).toEqual({ user: "dana", repo: "pay" });
  expect(scopeOfWords("policy of role developer")).toEqual({ user: "role:developer", repo: null });
  expect(scopeOfWords("organisation default")).toEqual({ user: "default", repo: null });
  expect(scopeOfWords("something else")).toBeNull();
});
