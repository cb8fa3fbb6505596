import { describe, expect, it } from "vitest";
import { noted, spaceLines, withoutSpace } from "./alike";
import { filesOf, hunksOf } from "./diff";
import { fileFacts, treeRows } from "./files";

function file(path: string, ...lines: string[]): string {
  const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).length;
  return [`--- a/${path}`, `+++ b/${path}`, `@@ -1,${without("+")} +1,${without("-")} @@`, ...lines].join("\n");
}

const notes = (text: string) =>
  noted(hunksOf(text)).flatMap(({ blocks }) => blocks.flatMap(({ note, text: lines }) => (note ? lines.split("\n").map((line) => [line, note.is]) : [])));
const whole = (text: string) => noted(hunksOf(text)).flatMap(({ blocks }) => blocks.map((block) => block.text)).join("\n");

describe("lines that change nothing but whitespace", () => {
  it("are found beside what they replace, and nothing is lost", () => {
    const text = file("a.js", "-if (x) {", "-go(a,  b);", "+if (y) {", "+  go(a, b);  ", "+");
    expect(notes(text)).toEqual([["-go(a,  b);", "space"], ["+  go(a, b);  ", "space"], ["+", "space"]]);
    expect(whole(text)).toBe(text);
  });

  it("are never those whose words differ", () => {
    expect(notes(file("a.sh", "-rm -rf /tmp/x", "+rm -rf / tmp/x"))).toEqual([]);
    expect(notes(file("a.sh", "-go", "+go\u200B"))).toEqual([]);
    expect(notes(file("a.sh", "-a", "-b", "+b", "+a"))).toEqual([["-b", "space"], ["+b", "space"]]);
  });

  it("are never indentation where it has a meaning, or where the file is not known", () => {
    for (const path of ["a.py", "ci.yml", "x/Makefile"]) expect(notes(file(path, "-  go()", "+    go()"))).toEqual([]);
    expect(notes("@@ -1 +1 @@\n-  go()\n+    go()")).toEqual([]);
    expect(notes(file("a.py", "-  go(a,  b)", "+  go(a, b) "))).toHaveLength(2);
  });

  it("can be left out, and their place says how many", () => {
    const [hunk] = noted(hunksOf(file("a.js", " same", "-go();", "-stay();", "+  go();", "+leave();")));
    if (!hunk) throw new Error("no hunk");
    expect(spaceLines(hunk)).toBe(2);
    const shown = withoutSpace(hunk);
    expect(shown.hides).toBe(2);
    expect(shown.blocks.map(({ text, hides }) => hides ?? text).slice(1)).toEqual([" same", 1, "-stay();", 1, "+leave();"]);
    const plain = hunksOf(file("b.js", "-a", "+b"));
    expect(plain.map(withoutSpace)).toEqual(plain);
  });
});

const BODY = ["const total = items.length;", "return total * price;"];

describe("lines that moved", () => {
  const text = [file("old.js", ...BODY.map((line) => `-${line}`)), file("new.js", "+// first", ...BODY.map((line) => `+${line}`), "+// last")].join("\n");
  const [old, fresh] = noted(hunksOf(text));

  it("name both places, and only where several lines came along", () => {
    expect(old?.blocks.at(-1)?.note).toEqual({ is: "moved", exact: true, to: { path: "new.js", number: 2 } });
    expect(fresh?.blocks.slice(1).map(({ text: lines, note, at }) => [lines.split("\n").length, note?.is, at?.fresh])).toEqual([[1, undefined, 1], [2, "moved", 2], [1, undefined, 4]]);
    expect(whole(text)).toBe(text);
    expect(notes([file("a.js", "-const total = items.length;"), file("b.js", "+const total = items.length;")].join("\n"))).toEqual([]);
    expect(notes([file("a.js", "-}", "-}"), file("b.js", "+}", "+}")].join("\n"))).toEqual([]);
  });

  it("say that their whitespace differs, and end where a word does", () => {
    const indented = [file("a.js", ...BODY.map((line) => `-${line}`)), file("b.js", ...BODY.map((line) => `+    ${line}`))].join("\n");
    expect(noted(hunksOf(indented)).at(-1)?.blocks.at(-1)?.note).toMatchObject({ is: "moved", exact: false, from: { path: "a.js", number: 1 } });
    const changed = [file("a.js", ...BODY.map((line) => `-${line}`)), file("b.js", `+${BODY[0]}`, "+return total * price * 2;")].join("\n");
    expect(notes(changed)).toEqual([]);
  });

  it("do not take long when everything is alike", () => {
    const many = (sign: string) => Array.from({ length: 5_000 }, (_, i) => `${sign}const value_${i % 3} = compute();`);
    expect(noted(hunksOf([file("a.js", ...many("-")), file("b.js", ...many("+"))].join("\n"))).length).toBeGreaterThan(20);
  });
});

describe("what is known about a file", () => {
  const facts = (text: string, marks: { path: string; mark: string }[] = []) => {
    const hunks = noted(hunksOf(text));
    return filesOf(hunks).map((one) => fileFacts(one, hunks, marks));
  };

  it("is where it comes from, and what became of it", () => {
    const renamed = ["diff --git a/a.txt b/b.txt", "similarity index 100%", "rename from a.txt", "rename to b.txt"].join("\n");
    expect(facts(renamed)[0]).toMatchObject({ op: "changed", before: { how: "renamed", path: "a.txt" } });
    const gone = ["diff --git a/c b/c", "deleted file mode 100644", "--- a/c", "+++ /dev/null", "@@ -1 +0,0 @@", "-x"].join("\n");
    expect(facts(gone)[0]).toMatchObject({ op: "deleted", marks: ["deletes"] });
    const moved = [
      "diff --git a/old.js b/old.js", "deleted file mode 100644", "--- a/old.js", "+++ /dev/null", "@@ -1,2 +0,0 @@", ...BODY.map((line) => `-${line}`),
      "diff --git a/src/new.js b/src/new.js", "new file mode 100644", "--- /dev/null", "+++ b/src/new.js", "@@ -0,0 +1,2 @@", ...BODY.map((line) => `+${line}`),
    ].join("\n");
    expect(facts(moved)[1]).toMatchObject({ op: "created", before: { how: "content_moved", path: "old.js" } });
  });

  it("is whether it is generated, by its name or its own word, and never by a line further down", () => {
    const kinds = (...paths: string[]) => paths.map((path) => facts(file(path, "+x"))[0]?.generated);
    expect(kinds("web/package-lock.json", "Cargo.lock", "dist/app.js", "a.min.css", "api_pb2.py", "src/schema.gen.ts")).toEqual(Array.from({ length: 6 }, () => "generated"));
    expect(kinds("src/lock.rs", "distance.js", "admin.js", "src/gen.ts")).toEqual([null, null, null, null]);
    expect(facts(file("a.go", "+// Code generated by x. DO NOT EDIT."))[0]?.generated).toBe("says_generated");
    const far = `--- a/a.go\n+++ b/a.go\n@@ -90,1 +90,1 @@\n+// Code generated by x. DO NOT EDIT.`;
    expect(facts(far)[0]?.generated).toBeNull();
  });

  it("is what the server found about this file, and whether only whitespace changes", () => {
    const marks = [{ path: "/app/auth/a.js", mark: "auth" }, { path: "b.js", mark: "ci" }];
    expect(facts(file("auth/a.js", "-go();", "+  go();"), marks)[0]).toMatchObject({ marks: ["auth"], spaceOnly: true });
    expect(facts(file("auth/a.js", "-go();", "+  go();", "+more();"))[0]?.spaceOnly).toBe(false);
  });
});

describe("the tree of files", () => {
  const files = filesOf(hunksOf([file("src/a/deep/x.js", "+1"), file("README.md", "+1"), file("src/b.js", "+1")].join("\n")));
  const rows = (folded: string[] = []) => treeRows(files, new Set(folded)).map((row) => `${"  ".repeat(row.depth - 1)}${row.name}`);

  it("has every file once, and folders with one folder in them as one row", () => {
    expect(rows()).toEqual(["src/", "  a/deep/", "    x.js", "  b.js", "README.md"]);
    expect(rows(["src/a/deep/"])).toEqual(["src/", "  a/deep/", "  b.js", "README.md"]);
    expect(rows(["src/"])).toEqual(["src/", "README.md"]);
  });
});
