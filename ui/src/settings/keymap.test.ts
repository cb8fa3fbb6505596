/** Every key of one character that a screen acts on can be given to another command, and is not given twice. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyFault, OWN_KEYS } from "./keymap";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))
  .map((name) => readFileSync(join("src", name), "utf8"));

describe("keys of one character", () => {
  it("can all be given to other commands", () => {
    const used = sources.flatMap((source) => [...source.matchAll(/\bkeys: "([!-~])"/g)].map(([, key]) => key ?? ""));
    expect(new Set(used).size).toBeGreaterThan(15);
    expect([...new Set(used)].filter((key) => !OWN_KEYS.some((own) => own === key))).toEqual([]);
  });

  it("are not given twice, capitals neither", () => {
    expect(keyFault("a", "R", {})).toBe("taken");
    expect(keyFault("a", "R", { R: "Q" })).toBeNull();
  });
});
