/** What Insight is asked about, as it stands in the address. Pure. */
import type { paths } from "../api/schema.gen";

export type InsightsQuery = NonNullable<paths["/api/governance/audit/insights"]["get"]["parameters"]["query"]>;

/** Periods that end today, in days. */
export const PERIODS = [7, 30, 90, 365] as const;
const USUAL = 30;
const DAY_MS = 86_400_000;

export interface Asked {
  /** Days up to today; ignored when both dates are given. */
  days: number;
  /** Calendar days of UTC, `YYYY-MM-DD`, as the server counts them. */
  from: string;
  to: string;
  repo: string;
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
  };
}

/** The address part; what is usual is left out. */
export function writeAsked(asked: Asked): string {
  const out = new URLSearchParams();
  if (asked.days !== USUAL) out.set("days", String(asked.days));
  if (asked.from !== "") out.set("from", asked.from);
  if (asked.to !== "") out.set("to", asked.to);
  if (asked.repo.trim() !== "") out.set("repo", asked.repo.trim());
  return out.toString();
}

export const isOwnRange = ({ from, to }: Asked): boolean => from !== "" && to !== "" && from <= to;

/** The question to the server. `nowMs` is the server's time; without own dates the period ends on its day. */
export function asQuery(asked: Asked, nowMs: number): InsightsQuery {
  const repo = asked.repo.trim() === "" ? {} : { repo: asked.repo.trim() };
  if (isOwnRange(asked)) return { from: Date.parse(asked.from) * 1000, to: Date.parse(asked.to) * 1000, ...repo };
  return { from: (nowMs - (asked.days - 1) * DAY_MS) * 1000, ...repo };
}
