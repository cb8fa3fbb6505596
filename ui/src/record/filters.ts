/** The record's filters, as they stand in the address. Pure. */
import type { RecordQuery } from "../api/client";

export interface Filters {
  q: string;
  kind: string;
  repo: string;
  level: string;
  user: string;
  agent: string;
  /** What was decided of the action: AUTO, APPROVAL or BLOCKED. */
  decision: string;
  /** How it came out: one of OUTCOMES. */
  outcome: string;
  /** `ran`: under a bypass or an envelope; `about`: also what only speaks of one; or the id of one. */
  bypass: string;
  /** The rule that decided the action; it comes with a link. */
  rule: string;
  /** Local dates, `YYYY-MM-DD`. */
  from: string;
  to: string;
}

/** Filters that are asked for as they stand. */
const PLAIN = ["q", "kind", "repo", "level", "user", "agent", "decision", "outcome", "bypass", "rule"] as const;
const NAMES = [...PLAIN, "from", "to"] as const;

/** The verdicts, as the server spells them. */
export const DECISIONS = ["AUTO", "APPROVAL", "BLOCKED"] as const;

/** How things come out, as the server spells it. */
export const OUTCOMES = ["succeeded", "failed", "unknown", "approved", "rejected", "expired", "superseded", "cancelled", "refused", "revoked", "deviated"] as const;

/** What a bypass has to do with it. */
export const BYPASSES = ["ran", "about"] as const;

export const NO_FILTERS: Filters = { q: "", kind: "", repo: "", level: "", user: "", agent: "", decision: "", outcome: "", bypass: "", rule: "", from: "", to: "" };

export function readFilters(query: string): Filters {
  const given = new URLSearchParams(query);
  return NAMES.reduce<Filters>((filters, name) => ({ ...filters, [name]: given.get(name) ?? "" }), NO_FILTERS);
}

/** The address part; what is empty is left out, so that an unfiltered record has a bare address. */
export function writeFilters(filters: Filters): string {
  const out = new URLSearchParams();
  for (const name of NAMES) if (filters[name].trim() !== "") out.set(name, filters[name]);
  return out.toString();
}

export const isFiltered = (filters: Filters): boolean => writeFilters(filters) !== "";

/** The start of a local day, or of the one after it, in UTC microseconds. */
function day(date: string, after: number): number | null {
  const [year, month, at] = date.split("-").map(Number);
  if (year === undefined || month === undefined || at === undefined) return null;
  const start = new Date(year, month - 1, at + after).getTime();
  return Number.isFinite(start) ? start * 1000 : null;
}

/** The question to the server, or to the copy. */
export function asQuery(filters: Filters): RecordQuery {
  const query: RecordQuery = {};
  for (const name of PLAIN) {
    const value = filters[name].trim();
    if (value !== "") query[name] = value;
  }
  const from = day(filters.from, 0);
  const to = day(filters.to, 1);
  if (from !== null) query.from = from;
  if (to !== null) query.to = to - 1;
  return query;
}
