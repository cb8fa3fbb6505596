/** How risk is weighed: where the levels begin, and the weights of factors and action types, per scope. */
import { Button, MenuItem, TextField } from "@mui/material";
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import { factorWords } from "../shell/words";
import { language } from "../words/words";
import { goToSheet } from "../state/route";
import type { RiskRequest, RiskView } from "./calls";
import { shown } from "./draft";
import { Fields, type Field } from "./Fields";
import { FormSheet } from "./FormSheet";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { RiskHistory } from "./SettingsHistory";
import { t } from "./texts";
import { readScore } from "./ThresholdControl";
import { useForm, type Values } from "./useForm";
import { riskKey, useCalls, useRisk, type Access } from "./usePolicy";

const LEVELS = ["medium", "high", "critical"] as const;
const BOUNDS = { medium: [100, 500], high: [400, 800], critical: [600, 950] } as const;
const LEVEL_WORDS = { medium: "risk_medium", high: "risk_high", critical: "risk_critical" } as const;

export function Risk({ query, access }: { query: string; access: Access }) {
  const scope = new URLSearchParams(query).get("scope") ?? "default";
  const [own, general] = [useRisk(scope), useRisk("default")];
  return (
    <div className={styles.page}>
      <h2>{t("sheet_risk")}</h2>
      <p className={styles.meaning}>{t("risk_what")}</p>
      <Where key={scope} scope={scope} />
      {own.data && general.data ? (
        <Loaded key={`of ${scope}`} scope={scope} view={own.data} general={general.data} access={access} onReadAgain={async () => (await own.refetch()).data?.version} />
      ) : own.isError || general.isError ? (
        <NotRead error={own.error ?? general.error} onRetry={() => void own.refetch()} />
      ) : (
        <Waiting rows={6} />
      )}
    </div>
  );
}

function Where({ scope }: { scope: string }) {
  const [kind, name] = scope === "default" ? ["default", ""] : [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)];
  const [chosen, setChosen] = useState(kind);
  const [typed, setTyped] = useState(name);
  const go = (next: string) => goToSheet("policy", "risk", new URLSearchParams({ scope: next }).toString());
  return (
    <form
      className={styles.pick}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== "") go(`${chosen}:${typed.trim()}`);
      }}
    >
      <TextField
        select
        label={t("risk_of")}
        value={chosen}
        onChange={(event) => {
          setChosen(event.target.value);
          if (event.target.value === "default") go("default");
        }}
      >
        <MenuItem value="default">{t("kind_default")}</MenuItem>
        <MenuItem value="repo">{t("kind_repo")}</MenuItem>
        <MenuItem value="user">{t("kind_person")}</MenuItem>
      </TextField>
      {chosen !== "default" && (
        <>
          <TextField label={chosen === "repo" ? t("repo") : t("person")} value={typed} onChange={(event) => setTyped(event.target.value)} />
          <Button type="submit" variant="outlined" disabled={typed.trim() === ""}>
            {t("show")}
          </Button>
        </>
      )}
    </form>
  );
}

/** What this scope says, as texts: `w:scope`, `b:deploy`, `l:high`. */
function valuesOf(view: RiskView): Values {
  const values: Values = {};
  for (const [name, weight] of Object.entries(view.weights)) values[`w:${name}`] = shown(weight);
  for (const [name, weight] of Object.entries(view.base)) values[`b:${name}`] = shown(weight);
  if (view.levels) for (const level of LEVELS) values[`l:${level}`] = shown(view.levels[level]);
  return values;
}

function requestOf(values: Values, view: RiskView, general: RiskView, reason: string): RiskRequest {
  const part = (prefix: string) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, text]) => (name.startsWith(prefix) && text !== "" ? [[name.slice(2), readScore(text) ?? 0] as const] : [])),
    );
  const own = part("l:");
  const bounds = general.in_force.levels;
  const levels = { medium: own["medium"] ?? bounds.medium, high: own["high"] ?? bounds.high, critical: own["critical"] ?? bounds.critical };
  return {
    weights: part("w:"),
    base: part("b:"),
    labels: view.labels,
    ...(Object.keys(own).length > 0 ? { levels } : {}),
    version: view.version,
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
  };
}

function badOf(values: Values): Record<string, string> {
  const bad: Record<string, string> = {};
  for (const [name, text] of Object.entries(values)) {
    if (text === "") continue;
    const score = readScore(text);
    const level = LEVELS.find((l) => name === `l:${l}`);
    if (score === null) bad[name] = t("threshold_bad");
    else if (level && (score < BOUNDS[level][0] || score > BOUNDS[level][1]))
      bad[name] = t("between", { low: shown(BOUNDS[level][0]), high: shown(BOUNDS[level][1]) });
  }
  return bad;
}

interface LoadedProps {
  scope: string;
  view: RiskView;
  general: RiskView;
  access: Access;
  onReadAgain: () => Promise<number | undefined>;
}

function Loaded({ scope, view, general, access, onReadAgain }: LoadedProps) {
  const calls = useCalls();
  // Its texts are scores as this language writes them.
  const form = useForm(`risk.${language()}.${scope}`, view.version, valuesOf(view));
  const bad = badOf(form.values);
  const parent = scope === "default" ? view.in_force : general.in_force;
  const label = (name: string) => {
    const level = LEVELS.find((l) => name === `l:${l}`);
    return level ? t("begins", { level: t(LEVEL_WORDS[level]) }) : name.slice(2);
  };
  const field = (name: string, inherited: number): Field => ({
    name,
    label: label(name),
    inherited: shown(inherited),
    value: form.values[name] ?? "",
    hint: [factorWords(name.slice(2)), (form.values[name] ?? "") === "" ? t("inherits", { value: shown(inherited) }) : t("instead_of", { value: shown(inherited) })]
      .filter((part) => part !== null)
      .join(" · "),
    bad: bad[name] ?? null,
  });
  // A weight that is gone from here is as it is above; whether that is looser, the server says.
  const looser = (name: string, from: string, to: string) => {
    const above = name.startsWith("w:") ? parent.weights[name.slice(2)] : name.startsWith("b:") ? parent.base[name.slice(2)] : parent.levels[name.slice(2) as "high"];
    const [a, b] = [readScore(from) ?? above ?? 0, readScore(to) ?? above ?? 0];
    if (a === b) return null;
    return name.startsWith("l:") ? b > a : b < a;
  };
  const sheet = { disabled: !access.edits, onChange: form.set };
  return (
    <FormSheet
      form={form}
      title={t("sheet_risk")}
      access={access}
      label={label}
      looser={looser}
      bad={bad}
      save={(values, reason) => calls.saveRisk(scope, requestOf(values, view, general, reason))}
      queryKey={riskKey(scope)}
      onReadAgain={onReadAgain}
      version={view.version}
      renderHistory={(onTold) => <RiskHistory scope={scope} access={access} version={view.version} onTold={onTold} />}
    >
      <Fields {...sheet} title={t("risk_levels")} hint={t("risk_levels_hint")} fields={LEVELS.map((level) => field(`l:${level}`, parent.levels[level]))} />
      <Fields {...sheet} title={t("risk_weights")} hint={t("risk_weights_hint")} fields={Object.entries(parent.weights).map(([name, weight]) => field(`w:${name}`, weight))} />
      <Fields {...sheet} title={t("risk_base")} hint={t("risk_base_hint")} fields={Object.entries(parent.base).map(([name, weight]) => field(`b:${name}`, weight))} />
    </FormSheet>
  );
}
