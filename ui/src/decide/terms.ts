/** The terms a decision was made under, and how they differ from those that hold now. Pure; nothing of the content is in them. */
import { levelOf, type ApprovalView } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { ruleWords, score } from "../shell/words";
import { t } from "./texts";

export interface Terms {
  digest: string;
  policyHash: string;
  level: string;
  risk: number;
  rule: string;
  policy: string;
  quorum: number;
  stepUp: boolean;
}

export const termsOf = (view: ApprovalView): Terms => ({
  digest: view.digest,
  policyHash: view.policy_hash,
  level: view.level,
  risk: view.risk_score,
  rule: view.rule,
  policy: view.policy,
  quorum: view.quorum,
  stepUp: view.needs_step_up,
});

export function isTerms(value: unknown): value is Terms {
  const found = (value ?? {}) as Record<string, unknown>;
  const texts = ["digest", "policyHash", "level", "rule", "policy"].every((name) => typeof found[name] === "string");
  return texts && typeof found["risk"] === "number" && typeof found["quorum"] === "number" && typeof found["stepUp"] === "boolean";
}

export interface TermChange {
  name: string;
  before: string;
  now: string;
}

/** What is different now, in words; in the order of weight. */
export function changesOf(before: Terms, now: Terms): TermChange[] {
  const needed = (stepUp: boolean) => t(stepUp ? "term_needed" : "term_not_needed");
  const rows: [string, string, string][] = [
    [t("term_level"), LEVEL_WORDS[levelOf(before.level)], LEVEL_WORDS[levelOf(now.level)]],
    [t("term_risk"), score(before.risk), score(now.risk)],
    [t("term_quorum"), String(before.quorum), String(now.quorum)],
    [t("term_step_up"), needed(before.stepUp), needed(now.stepUp)],
    [t("term_rule"), ruleWords(before.rule), ruleWords(now.rule)],
    [t("term_policy"), before.policy, now.policy],
    [t("term_hash"), before.policyHash.slice(0, 8), now.policyHash.slice(0, 8)],
  ];
  return rows.filter(([, was, is]) => was !== is).map(([name, was, is]) => ({ name, before: was, now: is }));
}

/** What is asked for now beyond what was asked for then, in words; empty: nothing more. */
export function moreNeeded(before: Terms, now: Terms): string[] {
  return [
    ...(now.quorum > before.quorum ? [t("more_people", { count: now.quorum, before: before.quorum })] : []),
    ...(now.stepUp && !before.stepUp ? [t("more_step_up")] : []),
    ...(now.level === before.level ? [] : [t("more_level", { level: LEVEL_WORDS[levelOf(now.level)] })]),
  ];
}
