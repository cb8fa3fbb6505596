/** The rules of approving: how many people, whether loosening needs a second one, and the limits of repeats. */
import { FormControlLabel, Switch } from "@mui/material";
import { LEVELS } from "../api/types";
import { Waiting } from "../shell/Failure";
import type { SettingsRequest, SettingsView } from "./calls";
import { Fields, type Field } from "./Fields";
import { FormSheet } from "./FormSheet";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { NEVER, REASON_FROM, ReasonFrom, fewerReasons, reasonLabel } from "./ReasonFrom";
import { Rest, restValue } from "./Rest";
import { badRest, people, restIn, restLooser, restOf, restWords } from "./rest";
import { SettingsHistory } from "./SettingsHistory";
import { t } from "./texts";
import { useForm, type Values } from "./useForm";
import { Windows } from "./Windows";
import { badMinutes, minutesOf, typeOf, typeWords, windowsIn } from "./windows";
import { SETTINGS, useCalls, useSettings, type Access } from "./usePolicy";

const NUMBERS = {
  max_open_per_agent: [1, 1000],
  extension_secs: [60, 86_400],
  max_grant_minutes: [1, 1440],
  max_grant_uses: [1, 1000],
} as const;
type Limit = keyof typeof NUMBERS;
const LIMITS = Object.keys(NUMBERS) as Limit[];
const SECOND = "second";
const ALONE = "self_approvers";
const quorum = (level: string) => `quorum_${level}`;

const RISKS = { low: "risk_low", medium: "risk_medium", high: "risk_high", critical: "risk_critical" } as const;

export function Approving({ access }: { access: Access }) {
  const settings = useSettings();
  return (
    <div className={styles.page}>
      <h2>{t("sheet_approving")}</h2>
      <p className={styles.meaning}>{t("approving_what")}</p>
      {settings.data ? (
        <Loaded view={settings.data} access={access} onReadAgain={async () => (await settings.refetch()).data?.version} />
      ) : settings.isError ? (
        <NotRead error={settings.error} onRetry={() => void settings.refetch()} />
      ) : (
        <Waiting rows={5} />
      )}
    </div>
  );
}

function valuesOf(view: SettingsView): Values {
  const values: Values = { [SECOND]: view.second_person_for_loosening ? "on" : "off", [ALONE]: view.self_approvers.join(", "), [REASON_FROM]: view.approve_reason_from ?? NEVER };
  for (const level of LEVELS) values[quorum(level)] = String(view.quorum_by_level[level] ?? 1);
  for (const name of LIMITS) values[name] = String(view[name]);
  return { ...values, ...windowsIn(view.rollback_minutes), ...restIn(view) };
}

/** Only what changed is sent: the rest stays as it is. */
function requestOf(values: Values, view: SettingsView, reason: string): SettingsRequest {
  const before = valuesOf(view);
  const changed = (name: string) => (values[name] ?? "") !== (before[name] ?? "");
  const request: SettingsRequest = { version: view.version, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
  if (changed(SECOND)) request.second_person_for_loosening = values[SECOND] === "on";
  if (changed(REASON_FROM)) request.approve_reason_from = values[REASON_FROM] ?? NEVER;
  if (changed(ALONE)) request.self_approvers = people(values[ALONE]);
  if (LEVELS.some((level) => changed(quorum(level))))
    request.quorum_by_level = Object.fromEntries(LEVELS.map((level) => [level, Number(values[quorum(level)])]));
  for (const name of LIMITS) if (changed(name)) request[name] = Number(values[name]);
  if (Object.keys({ ...before, ...values }).some((name) => typeOf(name) !== null && changed(name))) request.rollback_minutes = minutesOf(values);
  return { ...request, ...restOf({ ...before, ...values }, changed) };
}

function badOf(values: Values): Record<string, string> {
  const bad: Record<string, string> = {};
  const check = (name: string, low: number, high: number) => {
    const text = (values[name] ?? "").trim();
    const value = Number(text);
    if (text === "" || !Number.isInteger(value) || value < low || value > high) bad[name] = t("between", { low, high });
  };
  for (const level of LEVELS) check(quorum(level), level === "critical" ? 2 : 1, 9);
  for (const name of LIMITS) check(name, NUMBERS[name][0], NUMBERS[name][1]);
  for (const [name, text] of Object.entries(values)) {
    const wrong = typeOf(name) === null ? badRest(name, text) : badMinutes(text);
    if (wrong !== null) bad[name] = wrong;
  }
  return bad;
}

function label(name: string): string {
  const level = LEVELS.find((l) => name === quorum(l));
  if (level) return t("quorum_of", { level: t(RISKS[level]) });
  if (name === SECOND) return t("second_person");
  if (name === REASON_FROM) return reasonLabel();
  const type = typeOf(name);
  if (type !== null) return t("window_of", { type: typeWords(type) });
  const other = restWords(name);
  if (other !== null) return other;
  return t(name === ALONE ? "self_approvers" : (name as Limit));
}

/** Fewer people, larger limits, more who may approve their own: looser. A window is neither: a rollback is decided like the rest. */
function looser(name: string, from: string, to: string): boolean | null {
  if (typeOf(name) !== null) return null;
  const other = restLooser(name, from, to);
  if (other !== undefined) return other;
  if (name === SECOND) return to === "off";
  if (name === REASON_FROM) return fewerReasons(from, to);
  if (name === ALONE) return people(to).some((person) => !people(from).includes(person));
  return name.startsWith("quorum_") ? Number(to) < Number(from) : Number(to) > Number(from);
}

function Loaded({ view, access, onReadAgain }: { view: SettingsView; access: Access; onReadAgain: () => Promise<number | undefined> }) {
  const calls = useCalls();
  const form = useForm("approving", view.version, valuesOf(view));
  const bad = badOf(form.values);
  const field = (name: string): Field => ({
    name,
    label: label(name),
    inherited: "",
    value: form.values[name] ?? "",
    hint: form.values[name] === form.server[name] ? " " : t("saved_value", { value: form.server[name] || t("nobody") }),
    bad: bad[name] ?? null,
  });
  const sheet = { disabled: !access.edits, onChange: form.set };
  return (
    <FormSheet
      form={form}
      title={t("sheet_approving")}
      access={access}
      label={label}
      said={restValue}
      looser={looser}
      bad={bad}
      save={(values, reason) => calls.saveSettings(requestOf(values, view, reason))}
      queryKey={SETTINGS}
      onReadAgain={onReadAgain}
      version={view.version}
      renderHistory={(onTold) => <SettingsHistory access={access} version={view.version} onTold={onTold} />}
    >
      <FormControlLabel
        control={<Switch checked={form.values[SECOND] === "on"} disabled={!access.edits} onChange={(_, on) => form.set(SECOND, on ? "on" : "off")} />}
        label={t("second_person")}
      />
      <p className={styles.meaning}>{t("second_person_hint")}</p>
      <Fields {...sheet} title={t("quorum")} hint={t("quorum_hint")} fields={LEVELS.map((level) => field(quorum(level)))} />
      <ReasonFrom value={form.values[REASON_FROM] ?? NEVER} disabled={!access.edits} onChange={(level) => form.set(REASON_FROM, level)} />
      <Fields {...sheet} title={t("limits")} hint={t("limits_hint")} fields={LIMITS.map(field)} />
      <Fields {...sheet} title={t("one_person_teams")} hint={t("one_person_hint")} fields={[field(ALONE)]} />
      <Rest form={form} disabled={!access.edits} />
      <Windows form={form} disabled={!access.edits} />
    </FormSheet>
  );
}
