/**
 * What else the organisation sets for approving, as texts of a form: allowances, bypasses, witnesses, people by rule, groups,
 * and for how long things are kept. Pure.
 */
import { ruleWords } from "../shell/words";
import type { SettingsRequest, SettingsView } from "./calls";
import { t } from "./texts";
import type { Values } from "./useForm";

export const UP_TO = ["none", "low", "medium"] as const;
export const BYPASS_MINUTES = ["0", "15", "30", "60"] as const;
export const CLASSES = ["decisions", "discussions", "executions"] as const;
/** Rules that ask people; others never come to an approval. */
export const RULES = [
  "require_approval_list",
  "sensitive_fact",
  "above_threshold",
  "grave_fact",
  "guardrail",
  "unknown_action_type",
  "critical",
  "flood",
] as const;

export const OFFLINE = "offline";
export const OFFLINE_MINUTES = "offline_minutes";
export const NOTIFICATION = "notification";
export const BYPASS = "bypass_minutes";
export const SOLO = "bypass_solo";
export const WITNESSES = "cosignatures_required";
const RULE = "rule:";
const GROUP = "group:";
const KEEP = "keep:";

export const ruleField = (rule: string): string => RULE + rule;
export const groupField = (name: string): string => GROUP + name;
export const keepField = (name: string): string => KEEP + name;

const after = (prefix: string) => (field: string): string | null => (field.startsWith(prefix) ? field.slice(prefix.length) : null);
export const ruleOf = after(RULE);
export const groupOf = after(GROUP);
export const classOf = after(KEEP);

/** The names that any of these forms has something for, so that what was emptied stays in sight. */
export const namesIn = (of: (field: string) => string | null, ...forms: Values[]): string[] =>
  [...new Set(forms.flatMap((values) => Object.entries(values).flatMap(([field, text]) => (text === "" ? [] : (of(field) ?? [])))))].toSorted();

export const people = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

const keyed = <V>(of: (name: string) => string, entries: Record<string, V> | undefined, text: (value: V) => string): Values =>
  Object.fromEntries(Object.entries(entries ?? {}).map(([name, value]) => [of(name), text(value)]));

export function restIn(view: SettingsView): Values {
  const { offline, offline_minutes, notification } = view.allowances ?? {};
  return {
    [OFFLINE]: offline ?? "medium",
    [OFFLINE_MINUTES]: String(offline_minutes ?? 240),
    [NOTIFICATION]: notification ?? "medium",
    [BYPASS]: String(view.bypass?.most_minutes ?? 60),
    [SOLO]: view.bypass?.solo === true ? "on" : "off",
    [WITNESSES]: String(view.cosignatures_required ?? 0),
    ...keyed(ruleField, view.quorum_by_rule, String),
    ...keyed(groupField, view.groups, (names) => names.join(", ")),
    ...Object.fromEntries(CLASSES.map((name) => [keepField(name), String(view.retention?.[name] ?? "")])),
  };
}

/** All that has a text, by name. */
function table<V>(of: (field: string) => string | null, values: Values, value: (text: string) => V): Record<string, V> {
  const found = Object.entries(values).flatMap(([field, text]) => {
    const name = of(field);
    return name === null || text.trim() === "" ? [] : [[name, value(text)] as const];
  });
  return Object.fromEntries(found);
}

/** The changed parts of a request. Each part is sent whole, because the server replaces it whole. */
export function restOf(values: Values, changed: (name: string) => boolean): SettingsRequest {
  const request: SettingsRequest = {};
  const any = (of: (field: string) => string | null) => Object.keys(values).some((name) => of(name) !== null && changed(name));
  const text = (name: string) => values[name] ?? "";
  if ([OFFLINE, OFFLINE_MINUTES, NOTIFICATION].some(changed))
    request.allowances = { offline: text(OFFLINE), offline_minutes: Number(text(OFFLINE_MINUTES)), notification: text(NOTIFICATION) };
  if (changed(BYPASS) || changed(SOLO)) request.bypass = { most_minutes: Number(text(BYPASS)), solo: text(SOLO) === "on" };
  if (changed(WITNESSES)) request.cosignatures_required = Number(text(WITNESSES));
  if (any(ruleOf)) request.quorum_by_rule = table(ruleOf, values, Number);
  if (any(groupOf)) request.groups = table(groupOf, values, people);
  if (any(classOf)) request.retention = table(classOf, values, Number);
  return request;
}

function between(text: string | undefined, low: number, high: number): string | null {
  const value = Number((text ?? "").trim());
  return (text ?? "").trim() !== "" && Number.isInteger(value) && value >= low && value <= high ? null : t("between", { low, high });
}

const LONGEST_NAME = 200;

/** Why a value is refused; `null`: it is fine, or not one of these. */
export function badRest(name: string, text: string | undefined): string | null {
  if (name === OFFLINE_MINUTES) return between(text, 1, 1440);
  if (name === WITNESSES) return between(text, 0, 9);
  if (ruleOf(name) !== null) return (text ?? "").trim() === "" ? null : between(text, 1, 9);
  if (classOf(name) !== null) return (text ?? "").trim() === "" ? null : between(text, 30, 3650);
  if (groupOf(name) !== null) return people(text).every((one) => one.length <= LONGEST_NAME) ? null : t("group_long");
  return null;
}

const CLASS_WORDS = { decisions: "keep_decisions", discussions: "keep_discussions", executions: "keep_executions" } as const;
const WORDS = {
  [OFFLINE]: "allow_offline",
  [OFFLINE_MINUTES]: "allow_offline_minutes",
  [NOTIFICATION]: "allow_notification",
  [BYPASS]: "bypass_most",
  [SOLO]: "bypass_alone",
  [WITNESSES]: "witnesses",
} as const;

/** A field in words; `null`: it is not one of these. */
export function restWords(name: string): string | null {
  if (Object.hasOwn(WORDS, name)) return t(WORDS[name as keyof typeof WORDS]);
  const [rule, group, kept] = [ruleOf(name), groupOf(name), classOf(name)];
  if (rule !== null) return t("quorum_rule", { rule: ruleWords(rule) });
  if (group !== null) return t("group_of", { group });
  if (kept !== null) return Object.hasOwn(CLASS_WORDS, kept) ? t(CLASS_WORDS[kept as keyof typeof CLASS_WORDS]) : kept;
  return null;
}

const rank = (text: string): number => UP_TO.findIndex((known) => known === text);

/** Whether a change is looser, as the server sees it; `undefined`: it is not one of these. */
export function restLooser(name: string, from: string, to: string): boolean | null | undefined {
  if (name === OFFLINE || name === NOTIFICATION) return rank(to) > rank(from);
  if (name === OFFLINE_MINUTES || name === BYPASS) return Number(to) > Number(from);
  if (name === SOLO) return to === "on";
  if (name === WITNESSES) return Number(to) < Number(from);
  if (ruleOf(name) !== null) return Number(to === "" ? 1 : to) < Number(from === "" ? 1 : from);
  // Guardrails may rest on a group either way.
  if (groupOf(name) !== null) return true;
  // What is kept for ever is kept longest.
  if (classOf(name) !== null) return to !== "" && (from === "" || Number(to) < Number(from));
  return undefined;
}
