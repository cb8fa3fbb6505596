/** A policy being changed: pure values and steps. Lists are kept as lanes, so that an entry stands in one of them. */
import { thousandths } from "../shell/words";
import type { LockView, PolicyDefaults, PolicyRequest, PolicyView, Scope } from "./calls";

export const LEVELS = ["minimal", "standard", "elevated", "full"] as const;
export type Autonomy = (typeof LEVELS)[number];

/** Where an action type stands. `risk`: in no list, so its risk decides. The order is from loosest to strictest. */
export const LANES = ["auto", "risk", "ask", "block"] as const;
export type Lane = (typeof LANES)[number];

export interface Draft {
  level: Autonomy;
  /** Thousandths. */
  threshold: number;
  /** Entries of the lists; what is not here is in lane `risk`. */
  lanes: Record<string, Exclude<Lane, "risk">>;
}

const FIELDS = { auto: "auto_allowed_actions", ask: "require_approval_for", block: "blocked_actions" } as const;

export const autonomyOf = (text: string): Autonomy => LEVELS.find((level) => level === text) ?? "minimal";

export function draftOf(view: PolicyView): Draft {
  const lanes: Draft["lanes"] = {};
  for (const lane of ["auto", "ask", "block"] as const) for (const entry of view[FIELDS[lane]]) lanes[entry] = lane;
  return { level: autonomyOf(view.level), threshold: Math.round(view.max_risk_threshold * 1000), lanes };
}

export const entriesOf = (draft: Draft, lane: Lane): string[] =>
  Object.keys(draft.lanes)
    .filter((entry) => draft.lanes[entry] === lane)
    .toSorted();

export function requestOf(draft: Draft, scope: Scope, version: number, reason = ""): PolicyRequest {
  return {
    level: draft.level,
    max_risk_threshold: draft.threshold / 1000,
    auto_allowed_actions: entriesOf(draft, "auto"),
    require_approval_for: entriesOf(draft, "ask"),
    blocked_actions: entriesOf(draft, "block"),
    version,
    ...(scope.repo === null ? {} : { repo: scope.repo }),
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
  };
}

export const laneOf = (draft: Draft, entry: string): Lane => draft.lanes[entry] ?? "risk";

export function moved(draft: Draft, entry: string, to: Lane): Draft {
  const { [entry]: _, ...others } = draft.lanes;
  return { ...draft, lanes: to === "risk" ? others : { ...others, [entry]: to } };
}

/** Another level brings its threshold and lists; what was chosen apart from the old level's stays as chosen. */
export function withLevel(draft: Draft, level: Autonomy, defaults: PolicyDefaults): Draft {
  const find = (name: string) => defaults.levels.find((view) => view.level === name);
  const [before, after] = [find(draft.level), find(level)];
  if (!before || !after) return { ...draft, level };
  const [old, fresh] = [draftOf(before), draftOf(after)];
  let next: Draft = { ...fresh, threshold: draft.threshold === old.threshold ? fresh.threshold : draft.threshold };
  for (const entry of new Set([...Object.keys(draft.lanes), ...Object.keys(old.lanes)]))
    if (laneOf(draft, entry) !== laneOf(old, entry)) next = moved(next, entry, laneOf(draft, entry));
  return next;
}

export interface Difference {
  /** `level`, `threshold`, or an entry of the lists. */
  what: string;
  from: string;
  to: string;
  looser: boolean;
}

/** What the second changes about the first, loosening first. */
export function differences(from: Draft, to: Draft): Difference[] {
  const found: Difference[] = [];
  if (from.level !== to.level)
    found.push({ what: "level", from: from.level, to: to.level, looser: LEVELS.indexOf(to.level) > LEVELS.indexOf(from.level) });
  if (from.threshold !== to.threshold)
    found.push({ what: "threshold", from: shown(from.threshold), to: shown(to.threshold), looser: to.threshold > from.threshold });
  for (const entry of [...new Set([...Object.keys(from.lanes), ...Object.keys(to.lanes)])].toSorted()) {
    const [a, b] = [laneOf(from, entry), laneOf(to, entry)];
    if (a !== b) found.push({ what: entry, from: a, to: b, looser: LANES.indexOf(b) < LANES.indexOf(a) });
  }
  return found.toSorted((a, b) => Number(b.looser) - Number(a.looser));
}

/** My changes against what I began from, made on top of what somebody saved meanwhile. */
export function rebased(base: Draft, mine: Draft, theirs: Draft): Draft {
  let next: Draft = {
    level: mine.level === base.level ? theirs.level : mine.level,
    threshold: mine.threshold === base.threshold ? theirs.threshold : mine.threshold,
    lanes: theirs.lanes,
  };
  for (const entry of new Set([...Object.keys(base.lanes), ...Object.keys(mine.lanes)]))
    if (laneOf(mine, entry) !== laneOf(base, entry)) next = moved(next, entry, laneOf(mine, entry));
  return next;
}

/** Where both changed the same and did not mean the same. */
export function clashes(base: Draft, mine: Draft, theirs: Draft): string[] {
  const others = new Map(differences(base, theirs).map(({ what, to }) => [what, to]));
  return differences(base, mine).flatMap(({ what, to }) => (others.has(what) && others.get(what) !== to ? [what] : []));
}

/** A score as everywhere: `0.600`, in German `0,600`. */
export const shown = thousandths;

/** The spelling the server makes of an entry, as far as it matters before it is saved. */
export const spelled = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}*]+/gu, "_")
    .replaceAll(/\*+/g, "*")
    .replaceAll(/^_+|_+$/g, "");

export type Issue = "empty" | "long" | "listed" | null;

/** Why an entry cannot be added. */
export function issueOf(draft: Draft, text: string): Issue {
  const entry = spelled(text);
  if (entry === "") return "empty";
  if (entry.length > 80) return "long";
  return laneOf(draft, entry) === "risk" ? null : "listed";
}

/** The lane a guardrail holds an action type in at least. */
export const heldIn = (lock: LockView): Lane => (lock.held === "block" ? "block" : "ask");

/** Whether a lane is looser than a guardrail lets the type be: choosing it has no effect. */
export const isLooserThan = (lane: Lane, lock: LockView): boolean => LANES.indexOf(lane) < LANES.indexOf(heldIn(lock));
