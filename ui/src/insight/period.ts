/** What Insight is asked about, as it stands in the address. Pure. */
import type { paths } from "../api/schema.gen";

export type InsightsQuery = NonNullable<paths["/api/governance/audit/insights"]["get"]["parameters"]["query"]>;

/** Periods that end today, in days. */
export const PERIODS = [7, 30, 90, 365] as const;
const USUAL = 30;
const DAY_MS = 86_400_000;

export interface Asked {
  /** Days up to today, or up to the last day. */
  days: number;
  /** Calendar days of UTC, `YYYY-MM-DD`, as the server counts them. */
  from: string;
  to: string;
  repo: string;
  agent: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function readAsked(query: string): Asked {
  const given = new URLSearchParams(query);
  const days = Number(given.get("days"));
  const date = (name: string) => {
    const text = given.get(name) ?? "";
    return DATE.test(text) ? text : "";
  };
  return {
    days: PERIODS.find((known) => known === days) ?? USUAL,
    from: date("from"),
    to: date("to"),
    repo: given.get("repo") ?? "",
    agent: given.get("agent") ?? "",
  };
}

/** The address part; what is usual is left out. */
export function writeAsked(asked: Asked): string {
  const out = new URLSearchParams();
  if (asked.days !== USUAL) out.set("days", String(asked.days));
  if (asked.from !== "") out.set("from", asked.from);
  if (asked.to !== "") out.set("to", asked.to);
  if (asked.repo.trim() !== "") out.set("repo", asked.repo.trim());
  if (asked.agent.trim() !== "") out.set("agent", asked.agent.trim());
  return out.toString();
}

/** The start of a day of UTC in microseconds. */
const instant = (date: string): number | null => (date === "" ? null : Date.parse(date) * 1000);

/**
 * The question to the server. `nowMs` is the server's time; without own dates the period ends on its day. A range with one
 * end reaches from there to today, or back from there for the usual days; one that ends before it begins is none.
 */
export function asQuery(asked: Asked, nowMs: number): InsightsQuery {
  const [repo, agent] = [asked.repo.trim(), asked.agent.trim()];
  const only = { ...(repo === "" ? {} : { repo }), ...(agent === "" ? {} : { agent }) };
  const [from, to] = [instant(asked.from), instant(asked.to)];
  const back = (asked.days - 1) * DAY_MS * 1000;
  if (from !== null && (to === null || from <= to)) return { from, ...(to === null ? {} : { to }), ...only };
  if (from === null && to !== null) return { from: to - back, to, ...only };
  // The clock counts parts of milliseconds; the server takes whole microseconds.
  return { from: Math.floor(nowMs * 1000 - back), ...only };
}

/** A day of UTC as `YYYY-MM-DD`. */
const dateOf = (at: number): string => new Date(at / 1000).toISOString().slice(0, 10);

/** The record with the entries that figures were counted from: the same period, repository and agent. */
export function recordHref(found: { from: number; to: number; repo?: string | null; agent?: string | null }, more: Record<string, string>): string {
  const out = new URLSearchParams();
  const all = { ...more, repo: found.repo ?? "", agent: more["agent"] ?? found.agent ?? "", from: dateOf(found.from), to: dateOf(found.to) };
  for (const [name, value] of Object.entries(all)) if (value !== "") out.set(name, value);
  return `#/record?${out.toString()}`;
}
