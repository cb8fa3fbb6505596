/** What the server names by a stable name, this page has words for: read from where the server spells the names. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { refusal } from "../api/refusals";
import { KINDS } from "../record/kinds";
import { NAMED } from "../shell/words";
import { prefer } from "../state/preferences";
import de from "./server.de.json";
import en from "./server.gen.json";

const domain = (path: string) => readFileSync(`../crates/navi-domain/src/${path}`, "utf8");

/** The names in the first `as_str` after a place in a file: `Self::Thing => "thing"`. */
function spelled(source: string, after: string): string[] {
  const from = source.indexOf(after);
  const body = source.slice(source.indexOf("fn as_str", from));
  return [...body.slice(0, body.indexOf("\n    }\n")).matchAll(/=> "([a-z_]+)"/g)].map(([, name]) => name ?? "");
}

describe("the server's names have words", () => {
  it("for every kind of entry", () => {
    const kinds = spelled(domain("event.rs"), "impl EventKind");
    expect(kinds.length).toBeGreaterThan(80);
    expect(kinds.filter((kind) => !KINDS.some((known) => known === kind))).toEqual([]);
  });

  it("for every kind of fact and factor", () => {
    const facts = spelled(domain("fact.rs"), "impl FactKind");
    const factors = spelled(domain("risk/settings.rs"), "impl FactorName");
    expect([facts.length, factors.length]).toEqual([NAMED.fact.length, NAMED.factor.length]);
    expect(facts.toSorted()).toEqual(NAMED.fact.toSorted());
    expect(factors.toSorted()).toEqual(NAMED.factor.toSorted());
  });

  it("for every rule that decides", () => {
    const rules = [...domain("decision.rs").matchAll(/Verdict::\w+,\s+"([a-z_]+)",/g)].map(([, name]) => name ?? "");
    expect(rules.length).toBeGreaterThan(12);
    expect(rules.filter((rule) => !NAMED.rule.includes(rule))).toEqual([]);
  });
});

/** A sentence's slots: `{user}` in the server's list, `{{user}}` in a language's. */
const slots = (text: string) => [...new Set([...text.matchAll(/\{+(\w+)\}+/g)].map(([, name]) => name))].toSorted();
const PLURAL = /_(one|other)$/;

describe("every sentence that the server makes", () => {
  const german: Record<string, string> = de;
  const english: Record<string, string> = en;
  const forms = (code: string) => [code, `${code}_one`, `${code}_other`].filter((key) => Object.hasOwn(german, key));

  it("is on the list, with rules of the catalogue and of the guardrails", () => {
    const codes = Object.keys(english);
    expect(codes.length).toBeGreaterThan(450);
    expect(codes).toEqual(expect.arrayContaining(["do.run", "why.above_threshold", "rule.git-force-push", "guardrail.critical-asks", "undo.rows"]));
    expect(Object.values(english).filter((text) => text.trim() === "")).toEqual([]);
  });

  it("is said in German", () => {
    expect(Object.keys(english).filter((code) => forms(code).length === 0)).toEqual([]);
    expect(Object.values(german).filter((text) => text.trim() === "")).toEqual([]);
  });

  it("is said in German once, or once and in the plural", () => {
    const halves = Object.keys(english).filter((code) => ![1, 2].includes(forms(code).length) || (forms(code).length === 1 && forms(code)[0] !== code));
    expect(halves).toEqual([]);
  });

  it("speaks of the same things in German", () => {
    const others = Object.entries(english).flatMap(([code, text]) => forms(code).filter((form) => slots(german[form] ?? "").join() !== slots(text).join()));
    expect(others).toEqual([]);
  });

  it("is known to the server", () => {
    const known = (key: string) => Object.hasOwn(english, key) || Object.hasOwn(english, key.replace(PLURAL, ""));
    expect(Object.keys(german).filter((key) => !known(key))).toEqual([]);
  });
});

describe("every code of a refusal", () => {
  it("has words in both languages", () => {
    const source = readFileSync("../crates/navi-protocol/src/problem.rs", "utf8");
    const body = source.slice(source.indexOf("pub enum Code"), source.indexOf("/// The body of every error"));
    const codes = [...body.matchAll(/^ {4}([A-Z]\w+),$/gm)].map(([, name]) => (name ?? "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase());
    expect(codes.length).toBeGreaterThan(45);
    for (const tag of ["en", "de"] as const) {
      prefer({ language: tag });
      expect(codes.filter((code) => refusal(code) === null)).toEqual([]);
    }
  });
});
