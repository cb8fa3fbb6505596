/** What each chart says about a period: title, one sentence, rows. Pure. */
import { LEVELS } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { factWords, ruleWords } from "../shell/words";
import { count, dayOf, score, shareOf, share, span } from "./numbers";
import { recordHref } from "./period";
import type { Chart, Follow, Row, Series, Tone } from "./table";
import { t } from "./texts";
import type { Insights } from "./useInsights";

const DAY = 86_400_000_000;
const MOST_BARS = 10;

type Counts = Record<string, Record<string, number>>;
const sum = (values: (number | null)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);
const named = (name: string, tone: Tone): Series => ({ name, tone });

/** Levels as they are called; the wire's own name where there is none. */
const levelName = (level: string): string => LEVELS.find((known) => known === level) !== undefined ? LEVEL_WORDS[level as (typeof LEVELS)[number]] : level;

/** A link to the entries that figures were counted from. */
const see = (found: Insights, more: Record<string, string>, words = t("see")): Follow => ({ href: recordHref(found, more), words });

function byLevel(found: Insights, counts: Counts, keys: string[], kind: string): Row[] {
  return LEVELS.map((level) => ({
    label: levelName(level),
    values: keys.map((key) => counts[level]?.[key] ?? 0),
    links: [see(found, { kind, level })],
  }));
}

/** What was decided, as the record's filters say it. */
const VERDICTS = ["AUTO", "APPROVAL", "BLOCKED"] as const;
const verdictSeries = (): Series[] => [named(t("verdict_AUTO"), "calm"), named(t("verdict_APPROVAL"), "ask"), named(t("verdict_BLOCKED"), "stop")];

/** Every step of the period, also those in which nothing was decided: a gap is drawn as one. */
export function steps(found: Insights): Insights["over_time"] {
  const width = found.days_per_step * DAY;
  const first = found.over_time[0];
  if (!first || width <= 0) return [];
  const known = new Map(found.over_time.map((step) => [step.at, step]));
  // The server cuts steps from some day on; its steps say from which.
  const start = first.at - Math.floor((first.at - found.from) / width) * width;
  const out: Insights["over_time"] = [];
  for (let at = start; at <= found.to && out.length < 400; at += width) {
    out.push(known.get(at) ?? { at, decisions: 0, by_level: {}, by_verdict: {} });
  }
  return out;
}

function riskOverTime(found: Insights): Chart {
  const scored = found.over_time.filter((step) => step.mean_score != null);
  const last = scored.at(-1)?.mean_score;
  const start = scored[0]?.mean_score;
  const turn = last == null || start == null || scored.length < 2 ? "risk_alone" : last > start ? "risk_up" : last < start ? "risk_down" : "risk_flat";
  return {
    id: "risk-over-time",
    title: t("risk_title"),
    sentence: last == null ? t("no_decisions") : t(turn, { from: score(start ?? last), to: score(last) }),
    kind: "lines",
    head: t("day"),
    series: [named(t("mean"), "accent"), named(t("p95"), "stop")],
    rows: steps(found).map((step) => ({
      label: dayOf(step.at),
      values: [step.mean_score, step.p95_score].map((value) => (value == null ? null : value / 1000)),
    })),
    top: 1,
    see: see(found, { kind: "decision" }),
  };
}

function verdictsOverTime(found: Insights): Chart {
  const rows = steps(found).map((step) => ({
    label: dayOf(step.at),
    values: VERDICTS.map((verdict) => step.by_verdict[verdict] ?? 0),
  }));
  const busiest = rows.reduce<Row | null>((most, row) => (most === null || sum(row.values) > sum(most.values) ? row : most), null);
  return {
    id: "decisions-over-time",
    title: t("activity_title"),
    sentence: busiest ? t("activity_says", { day: busiest.label, n: count(sum(busiest.values)) }) : t("no_decisions"),
    kind: "columns",
    head: t("day"),
    series: verdictSeries(),
    rows,
    see: see(found, { kind: "decision" }),
  };
}

function decisionsByLevel(found: Insights): Chart {
  const grave = sum(["high", "critical"].flatMap((level) => Object.values(found.by_level[level] ?? {})));
  return {
    id: "decisions-by-level",
    title: t("levels_title"),
    sentence: found.decisions === 0 ? t("no_decisions") : t("levels_says", { n: count(grave), all: count(found.decisions) }),
    kind: "columns",
    head: t("level"),
    series: verdictSeries(),
    rows: byLevel(found, found.by_level, [...VERDICTS], "decision"),
    see: see(found, { kind: "decision" }),
  };
}

function outcomes(found: Insights): Chart {
  const rows = byLevel(found, found.outcomes, ["approved", "rejected", "expired", "superseded", "cancelled"], "approval_requested");
  const all = (at: number) => sum(rows.map(({ values }) => values[at] ?? 0));
  const rate = shareOf(all(0), all(0) + all(1));
  return {
    id: "outcomes",
    title: t("outcomes_title"),
    sentence: rate === null ? t("outcomes_none") : t("outcomes_says", { share: share(rate), expired: count(found.expired_unanswered) }),
    kind: "columns",
    head: t("level"),
    series: [named(t("approved"), "calm"), named(t("rejected"), "stop"), named(t("expired"), "ask"), named(t("superseded"), "plain"), named(t("cancelled"), "accent")],
    rows,
    see: see(found, { kind: "approval_requested" }),
  };
}

/** Upper ends of the classes of waiting, milliseconds. */
const CLASSES = [5_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000] as const;

function timeToDecide(found: Insights): Chart {
  const values = Array.from({ length: CLASSES.length + 1 }, () => 0);
  for (const [ms = 0, times = 0] of found.time_to_decide_spread) {
    const at = CLASSES.findIndex((end) => ms < end);
    const place = at < 0 ? CLASSES.length : at;
    values[place] = (values[place] ?? 0) + times;
  }
  const { median_ms: half, p95_ms: most } = found.time_to_decide;
  const last = CLASSES[CLASSES.length - 1] ?? 0;
  return {
    id: "time-to-decide",
    title: t("time_title"),
    sentence: half == null || most == null ? t("time_none") : t("time_says", { half: span(half), most: span(most) }),
    kind: "columns",
    head: t("time_head"),
    series: [named(t("requests"), "accent")],
    rows: values.map((value, at) => ({
      label: at < CLASSES.length ? t("under", { span: span(CLASSES[at] ?? 0) }) : t("longer", { span: span(last) }),
      values: [value],
    })),
    see: see(found, { kind: "vote_cast" }),
  };
}

function topRules(found: Insights): Chart {
  const [first] = found.top_rules;
  return {
    id: "top-rules",
    title: t("rules_title"),
    sentence: first ? t("rules_says", { rule: ruleWords(first.rule), n: count(first.prompts) }) : t("rules_none"),
    kind: "bars",
    head: t("rule"),
    series: [named(t("asked"), "ask"), named(t("blocked"), "stop")],
    rows: found.top_rules.slice(0, MOST_BARS).map(({ rule, prompts, blocked }) => ({
      label: ruleWords(rule),
      values: [prompts, blocked],
      links: [{ href: `#/policy?${new URLSearchParams({ rule }).toString()}`, words: t("follow_tune") }, see(found, { kind: "decision", rule })],
    })),
    see: see(found, { kind: "decision", decision: "APPROVAL" }),
  };
}

function agents(found: Insights): Chart {
  const sorted = found.agents.toSorted((a, b) => b.rejected - a.rejected || b.asked - a.asked);
  const [first] = sorted;
  return {
    id: "agents",
    title: t("agents_title"),
    sentence: !first ? t("agents_none") : first.rejected === 0 ? t("agents_calm") : t("agents_says", { agent: first.agent, n: count(first.rejected), all: count(first.prompted) }),
    kind: "bars",
    head: t("agent"),
    series: [named(t("rejected"), "stop"), named(t("approved"), "calm"), named(t("expired"), "ask"), named(t("blocked"), "grave")],
    rows: sorted.slice(0, MOST_BARS).map((a) => ({
      label: a.agent,
      values: [a.rejected, a.approved, a.expired, a.blocked],
      links: [see(found, { agent: a.agent }, t("follow_agent"))],
    })),
    see: see(found, { outcome: "rejected" }),
  };
}

function blockers(found: Insights): Chart {
  const [first] = found.blockers;
  return {
    id: "blockers",
    title: t("blockers_title"),
    sentence: first ? t("blockers_says", { fact: factWords(first.fact), blocked: count(first.blocked), asked: count(first.prompts) }) : t("blockers_none"),
    kind: "bars",
    head: t("fact"),
    series: [named(t("blocked"), "stop"), named(t("asked"), "ask")],
    rows: found.blockers.slice(0, MOST_BARS).map(({ fact, blocked, prompts }) => ({ label: factWords(fact), values: [blocked, prompts] })),
    see: see(found, { kind: "decision", decision: "BLOCKED" }),
  };
}

function approvers(found: Insights): Chart {
  const hasty = found.approvers.filter((who) => (who.rubber_stamp ?? 0) > 0).toSorted((a, b) => (b.rubber_stamp ?? 0) - (a.rubber_stamp ?? 0))[0];
  const [first] = found.approvers;
  return {
    id: "approvers",
    title: t("approvers_title"),
    sentence: hasty
      ? t("approvers_hasty", { user: hasty.user, share: share(hasty.rubber_stamp ?? 0) })
      : first ? t("approvers_says", { user: first.user, n: count(first.approves + first.rejects) }) : t("approvers_none"),
    kind: "bars",
    head: t("person"),
    series: [named(t("approves"), "calm"), named(t("rejects"), "stop")],
    rows: found.approvers.slice(0, MOST_BARS).map((who) => ({
      label: who.user,
      values: [who.approves, who.rejects],
      links: [see(found, { kind: "vote_cast", user: who.user }, t("follow_votes"))],
    })),
    see: see(found, { kind: "vote_cast" }),
  };
}

function coverage(found: Insights): Chart {
  const { started, finished, unknown, known_share: known } = found.coverage;
  return {
    id: "coverage",
    title: t("coverage_title"),
    sentence: known == null ? t("coverage_none") : t("coverage_says", { share: share(known), n: count(started) }),
    kind: "bars",
    head: t("runs"),
    series: [named(t("runs"), "accent")],
    rows: [
      { label: t("started"), values: [started] },
      { label: t("finished"), values: [finished], links: [see(found, { kind: "execution_finished" }, t("follow_runs"))] },
      { label: t("unknown"), values: [unknown], links: [see(found, { outcome: "unknown" }, t("follow_runs"))] },
    ],
    see: see(found, { kind: "execution_started" }),
  };
}

/** All charts, in the order in which they are read. */
export function chartsOf(found: Insights): Chart[] {
  return [riskOverTime, verdictsOverTime, decisionsByLevel, outcomes, timeToDecide, topRules, agents, blockers, approvers, coverage].map((make) => make(found));
}
