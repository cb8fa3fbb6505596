import { describe, expect, it } from "vitest";
import { digestOfMaterial } from "../api/canonical";
import { material } from "../test/fixtures";
import { readMaterial, targetName } from "./material";
import { hunksOf } from "./diff";
import { targetWords } from "./WhatRuns";

const read = (more: Record<string, unknown>) => {
  const value = Object.fromEntries(Object.entries(material(more)).filter(([, v]) => v !== undefined));
  return readMaterial(value, digestOfMaterial(value) ?? "none");
};

describe("reading the material", () => {
  it("finds nothing wrong with a whole one", () => {
    expect(read({ files: [{ path: "a", op: "edit" }], args: { x: [1] } }).problems).toEqual([]);
  });

  it.each([
    ["an unknown part", { shell: "zsh" }],
    ["a part of another kind", { command: ["ls"] }],
    ["an unknown file operation", { files: [{ path: "a", op: "truncate" }] }],
    ["an unknown field of a file", { files: [{ path: "a", op: "edit", mode: "0777" }] }],
    ["another version", { v: 2 }],
    ["a missing salt", { salt: undefined }],
    ["a missing target state", { target_state: undefined }],
    ["numbers without an exact form", { args: { n: 0.5 } }],
  ])("cannot show %s whole", (_, more) => expect(read(more).problems.length).toBeGreaterThan(0));

  it("still shows the part it does not know", () => {
    expect(read({ shell: "zsh" }).unknown).toEqual([["shell", "zsh"]]);
  });

  it("notices one changed byte", () => {
    const digest = digestOfMaterial(material()) ?? "";
    expect(readMaterial(material({ command: "npm  test" }), digest).problems).toEqual([
      "The content shown does not match the digest that would be signed.",
    ]);
  });

  it("notices content that did not arrive", () => expect(readMaterial(null, "x").problems).toHaveLength(1));
});

describe("what is typed to confirm", () => {
  it("is the first name that can be typed", () => {
    expect(targetName({ repo: "auth-service" })).toBe("auth-service");
    expect(targetName({ repo: "a b", environment: "prod" })).toBe("prod");
    expect(targetName({ repo: "раy", action_type: "deploy" })).toBe("deploy");
  });
});

describe("diff", () => {
  it("keeps every line and joins lines of one kind", () => {
    const text = "--- a\n+++ b\n@@ -1 +1,2 @@\n-x\n+y\n+z\n same\n";
    const blocks = hunksOf(text).flatMap((hunk) => hunk.blocks);
    expect(blocks.map((b) => b.text).join("\n")).toBe(text);
    expect(blocks.map((b) => b.kind)).toEqual(["place", "removed", "added", "same"]);
  });
});

describe("target state", () => {
  it("is said in words, or as it came", () => {
    expect(targetWords({ none: "no repository" })).toBe("not observed: no repository");
    expect(targetWords({ none: "not observed" })).toBe("not observed");
    expect(targetWords({ git: { head: "9f", dirty_sha256: "e3" } })).toBe("git 9f, work tree e3");
    expect(targetWords({ files: [{ path: "a" }] })).toBe('{"files":[{"path":"a"}]}');
  });
});
