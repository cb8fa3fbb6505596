/**
 * The queue's search language, read. Words must all match; `field:value` looks at one field, `a,b` means either, `"…"` keeps
 * spaces together, `-` in front means not, `level:>=high` and `age:>10m` compare. What cannot be read is left out and said,
 * so that a slip of the finger never hides a request. Pure.
 */
import { LEVELS, type Level } from "../api/types";

/** Fields whose text is looked through. */
export const TEXT_FIELDS = ["agent", "person", "repo", "branch", "env", "rule", "action", "tool", "file", "session"] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
/** Fields that are compared. */
export const COMPARED = ["level", "age", "left"] as const;
export type Compare = ">=" | ">" | "<=" | "<" | "=";

export type Test =
  | { kind: "text"; values: string[] }
  | { kind: "field"; field: TextField; values: string[] }
  | { kind: "level"; compare: Compare; values: Level[] }
  /** `age` since it was asked, `left` until it expires; milliseconds. */
  | { kind: "age" | "left"; compare: Compare; ms: number };

export interface Term {
  not: boolean;
  test: Test;
}

export interface Problem {
  /** Where it stands in the query. */
  at: number;
  text: string;
  why: "unknown_field" | "no_level" | "no_span" | "no_value" | "open_quote";
  /** The field it is about. */
  field: string;
}

export interface Query {
  terms: Term[];
  problems: Problem[];
}

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Word {
  at: number;
  text: string;
  not: boolean;
  /** Null: plain words. */
  field: string | null;
  value: string;
  /** The whole word was in quotes. */
  quoted: boolean;
}

/** Words at spaces outside quotes. An open quote reaches to the end. */
function wordsOf(query: string): { words: Word[]; open: number | null } {
  const words: Word[] = [];
  const part = /(-|!)?(?:([A-Za-z]+):)?("(?:[^"]*)"?|[^\s"]+)?/y;
  let at = 0;
  let open: number | null = null;
  while (at < query.length) {
    if (/\s/.test(query.charAt(at))) {
      at += 1;
      continue;
    }
    part.lastIndex = at;
    const found = part.exec(query);
    const text = found?.[0] ?? "";
    if (!found || text === "") {
      at += 1;
      continue;
    }
    const raw = found[3] ?? "";
    const quoted = raw.startsWith('"');
    if (quoted && (raw.length === 1 || !raw.endsWith('"'))) open = at;
    const value = quoted ? raw.replace(/^"|"$/g, "") : raw;
    words.push({ at, text, not: found[1] !== undefined, field: found[2]?.toLowerCase() ?? null, value, quoted });
    at += text.length;
  }
  return { words, open };
}

function spanOf(text: string): number | null {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const ms = UNITS[unit];
  return amount === undefined || ms === undefined ? null : Number(amount) * ms;
}

function compared(value: string): { compare: Compare; rest: string } {
  const [, compare = "=", rest = ""] = /^(>=|<=|>|<|=)?(.*)$/s.exec(value) ?? [];
  return { compare: compare as Compare, rest };
}

type Read = { test: Test } | { why: Problem["why"] };

function testOf({ field, value, quoted }: Word): Read {
  const either = (text: string) => (quoted ? [text.toLowerCase()] : text.toLowerCase().split(",").filter(Boolean));
  if (field === null) return { test: { kind: "text", values: [value.toLowerCase()] } };
  const text = TEXT_FIELDS.find((name) => name === field);
  if (text === undefined && !COMPARED.some((name) => name === field)) return { why: "unknown_field" };
  if (value === "") return { why: "no_value" };
  if (text !== undefined) return { test: { kind: "field", field: text, values: either(value) } };
  const { compare, rest } = compared(value.toLowerCase());
  if (field === "level") {
    const names = rest.split(",").filter(Boolean);
    const values = names.flatMap((name) => LEVELS.filter((level) => level === name));
    const one = compare === "=" || values.length === 1;
    return values.length === names.length && values.length > 0 && one ? { test: { kind: "level", compare, values } } : { why: "no_level" };
  }
  const ms = spanOf(rest);
  return ms === null ? { why: "no_span" } : { test: { kind: field === "age" ? "age" : "left", compare, ms } };
}

/** Reads a query. */
export function readQuery(query: string): Query {
  const { words, open } = wordsOf(query);
  const read: Query = { terms: [], problems: [] };
  for (const word of words) {
    const made = testOf(word);
    const told = { at: word.at, text: word.text, field: word.field ?? "" };
    if ("why" in made) read.problems.push({ ...told, why: made.why });
    else if (word.value !== "" || word.field !== null) read.terms.push({ not: word.not, test: made.test });
    if (open === word.at) read.problems.push({ ...told, why: "open_quote" });
  }
  return read;
}
