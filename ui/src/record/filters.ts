/** The record's filters, as they stand in the address. Pure. */
import type { RecordQuery } from "../api/client";

export interface Filters {
  q: string;
  kind: string;
  repo: string;
  level: string;
  user: string;
  /** Local dates, `YYYY-MM-DD`. */
  from: string;
  to: string;
}

const NAMES = ["q", "kind", "repo", "level", "user", "from", "to"] as const;

export function readFilters(query: string): Filters {
  const given = new URLSearchParams(query);
  const read = (name: string) => given.get(name) ?? "";
  return { q: read("q"), kind: read("kind"), repo: read("repo"), level: read("level"), user: read("user"), from: read("from"), to: read("to") };
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
  for (const name of ["q", "kind", "repo", "level", "user"] as const) {
    const value = filters[name].trim();
    if (value !== "") query[name] = value;
  }
  const from = day(filters.from, 0);
  const to = day(filters.to, 1);
  if (from !== null) query.from = from;
  if (to !== null) query.to = to - 1;
  return query;
}
