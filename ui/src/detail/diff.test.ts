import { describe, expect, it } from "vitest";
import { countOf, filesOf, hunksOf, type Kind } from "./diff";
import { blockPieces, rowsOf, type Row } from "./pieces";
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

  it("says once what two factors say of one file", () => {
    const same = { reason: "Changes locked dependencies", evidence: ["file auth/login.py"] };
    expect(hunksOf(DIFF, [same, { ...same }])[0]?.risks).toEqual([{ why: "evidence", reason: same.reason }]);
  });
});

const MIXED = [
  "diff --git a/old.txt b/new.txt",
  "similarity index 80%",
  "rename from old.txt",
  "rename to new.txt",
  "index 1..2 100644",
  "--- a/old.txt",
  "+++ b/new.txt",
  "@@ -3,4 +3,3 @@ here",
  " kept",
  "-one",
  "-two",
  "+ONE",
  "\\ No newline at end of file",
  "diff --git a/logo.png b/logo.png",
  "new file mode 100644",
  "index 0..3",
  "Binary files /dev/null and b/logo.png differ",
  "diff --git a/gone b/gone",
  "deleted file mode 100755",
].join("\n");

describe("the files of a diff", () => {
  const files = filesOf(hunksOf(MIXED));

  it("are named, also where nothing but a header says it", () => {
    expect(files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ["new.txt", 1, 2],
      ["logo.png", 0, 0],
      ["gone", 0, 0],
    ]);
    expect(filesOf(hunksOf("just words")).map(({ path }) => path)).toEqual([null]);
  });

  it("deserve a look when their content is not there", () => {
    expect(files.map(({ risky }) => risky)).toEqual([false, true, false]);
    expect(filesOf(hunksOf("@@ -0,0 +1 @@\n+Binary files a and b differ")).map(({ risky }) => risky)).toEqual([false]);
  });

  it("have every hunk once", () => {
    const hunks = hunksOf(`${DIFF}\n${MIXED}`);
    expect(filesOf(hunks).flatMap(({ hunks: own }) => own)).toEqual(hunks.map((_, i) => i));
  });
});

describe("two columns", () => {
  const lines = (text: string, ...kinds: Kind[]) =>
    hunksOf(text).flatMap(({ blocks }) => blocks.filter(({ kind }) => kinds.includes(kind)).flatMap((block) => block.text.split("\n")));
  const rows = (text: string): Row[] => hunksOf(text).flatMap(rowsOf);
  const side = (text: string, name: "left" | "right") => rows(text).flatMap((row) => ("whole" in row ? [] : (row[name]?.text ?? [])));

  it("have the old text on the left and the new one on the right, and lose nothing", () => {
    const all = [`${DIFF}\n${MIXED}`, "no diff at all", `@@ -1,3 +1,900 @@\n${Array.from({ length: 900 }, (_, i) => `+${i}`).join("\n")}`];
    for (const text of all) {
      const kept = rows(text).flatMap((row) => ("whole" in row ? [row.whole.text] : []));
      const note = (line: string) => line.startsWith("\\");
      expect([...kept, ...side(text, "left"), ...side(text, "right")].filter((line) => !note(line)).toSorted()).toEqual(
        [...text.split("\n"), ...lines(text, "same").filter((line) => !kept.includes(line))].filter((line) => !note(line)).toSorted(),
      );
      expect(blockPieces({ path: null, lines: 0, risks: [], blocks: hunksOf(text).flatMap(({ blocks }) => blocks) }).flat().map((block) => block.text).join("\n")).toBe(text);
    }
  });

  it("put what was beside what is, with the numbers of both files", () => {
    const shown = rows(MIXED).flatMap((row) => ("whole" in row ? [] : [[row.left?.number, row.left?.text, row.right?.number, row.right?.text]]));
    expect(shown).toEqual([
      [3, " kept", 3, " kept"],
      [4, "-one", 4, "+ONE"],
      [5, "-two", 0, "\\ No newline at end of file"],
    ]);
  });

  it("go on with the numbers where a long hunk is cut", () => {
    const text = `@@ -1,900 +1,900 @@\n${Array.from({ length: 900 }, (_, i) => ` ${i}`).join("\n")}`;
    expect(rows(text).at(-1)).toEqual({
      left: { kind: "same", text: " 899", number: 900 },
      right: { kind: "same", text: " 899", number: 900 },
    });
  });
});

describe("the way back", () => {
  it("is never called verified on the agent's word", () => {
    const view = approval({ claims: { other: { rollback: "git revert, tested twice" } } });
    expect(wayBack(view, {})).toMatchObject({ state: "unverified", by: null, plan: "git revert, tested twice" });
  });

  it("is the server's to rule: nothing is derived from factors here", () => {
    const factor = { name: "destroys_data", contribution: 300, reason: "Destroys data", evidence: [] };
    expect(wayBack(approval({ factors: [factor] }), {})).toMatchObject({ state: "unverified", by: null, plan: null });
    const way_back = { truth: "impossible", by: "server", because: "destroys_data", evidence: ["command: x"], window_minutes: 60 };
    const view = approval({ way_back, claims: { other: { rollback: "restore" } } });
    expect(wayBack(view, {})).toMatchObject({ state: "impossible", evidence: ["command: x"], windowMinutes: 60, plan: "restore" });
  });

  it("is what was said by whoever knows, and the agent's plan cannot change it", () => {
    const way_back = { truth: "verified", by: "runner", undoes: ["the commit"], leaves: ["the mail"] };
    const view = approval({ claims: { other: { rollback: "none" } }, way_back });
    expect(wayBack(view, {})).toMatchObject({ state: "verified", by: "runner", undoes: ["the commit"], leaves: ["the mail"] });
    expect(wayBack(approval({ way_back: { truth: "certain", by: "gate" } }), {})).toMatchObject({ state: "unverified", by: null });
    expect(wayBack(approval({ way_back: { truth: "unverified", by: "gate", why: "no upstream" } }), {})).toMatchObject({ why: "no upstream" });
    expect(wayBack(approval({ way_back: { truth: "verified", by: "gate" } }), {})).toMatchObject({ state: "unverified", by: "gate" });
  });
});
