import { describe, expect, it } from "vitest";
import { countOf, hunksOf } from "./diff";
import { wayBack } from "./rollback";
import { approval } from "../test/fixtures";

const DIFF = [
  "diff --git a/auth/login.py b/auth/login.py",
  "--- a/auth/login.py",
  "+++ b/auth/login.py",
  "@@ -1,2 +1,2 @@",
  "--- a comment in SQL",
  "+++ counts as a line",
  " same",
  "@@ -9 +9 @@",
  "-x",
  "+y\u202E",
  "diff --git a/README.md b/README.md",
  "--- a/README.md",
  "+++ b/README.md",
  "@@ -1 +1 @@",
  "-a",
  "+b",
].join("\n");

describe("a diff", () => {
  const hunks = hunksOf(DIFF, [{ reason: "Affects authentication", evidence: ["file auth/login.py"] }]);

  it("loses nothing", () => {
    expect(hunks.flatMap(({ blocks }) => blocks.map(({ text }) => text)).join("\n")).toBe(DIFF);
    const long = `@@ -1,9000 +1,9000 @@\n${Array.from({ length: 9000 }, (_, i) => `+${i}`).join("\n")}`;
    expect(hunksOf(long).flatMap(({ blocks }) => blocks.map(({ text }) => text)).join("\n")).toBe(long);
    expect(hunksOf(long).length).toBeGreaterThan(20);
    expect(hunksOf("no diff at all").length).toBe(1);
  });

  it("takes changed lines that look like headers for changed lines", () => {
    expect([countOf(hunks, "added"), countOf(hunks, "removed")]).toEqual([3, 3]);
  });

  it("marks the hunks that evidence names and those that hide something", () => {
    expect(hunks.map(({ path, risks }) => [path, risks.map(({ why }) => why)])).toEqual([
      ["auth/login.py", ["evidence"]],
      ["auth/login.py", ["evidence", "hidden"]],
      ["README.md", []],
    ]);
  });
});

describe("the way back", () => {
  it("is never called verified on the agent's word", () => {
    const view = approval({ claims: { other: { rollback: "git revert, tested twice" } } });
    expect(wayBack(view, {})).toEqual({ state: "unverified", facts: [], plan: "git revert, tested twice" });
  });

  it("is impossible where the server says so, whatever the plan", () => {
    const factor = { name: "destroys_data", contribution: 300, reason: "Destroys data", evidence: [] };
    const view = approval({ factors: [factor], claims: { other: { rollback: "restore" } } });
    expect(wayBack(view, {})).toMatchObject({ state: "impossible", facts: ["destroys_data"] });
    expect(wayBack(approval(), {})).toEqual({ state: "unverified", facts: [], plan: null });
  });
});
