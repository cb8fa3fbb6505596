/** What else the organisation sets for approving, part by part, in the form of the approving sheet. */
import { Button, FormControlLabel, Switch, TextField } from "@mui/material";
import { useState } from "react";
import { ruleWords } from "../shell/words";
import { Fields, type Field } from "./Fields";
import styles from "./policy.module.css";
import {
  badRest,
  BYPASS,
  BYPASS_MINUTES,
  CLASSES,
  groupField,
  groupOf,
  keepField,
  namesIn,
  NOTIFICATION,
  OFFLINE,
  OFFLINE_MINUTES,
  people,
  restWords,
  ruleField,
  ruleOf,
  RULES,
  SOLO,
  UP_TO,
  WITNESSES,
} from "./rest";
import { t } from "./texts";
import type { Form } from "./useForm";

const UP_TO_WORDS = { none: "up_to_none", low: "up_to_low", medium: "up_to_medium" } as const;
const minutesWords = (minutes: string): string => (minutes === "0" ? t("bypass_never") : t("window_minutes", { count: Number(minutes) }));
const upToOptions = () => UP_TO.map((value) => ({ value, words: t(UP_TO_WORDS[value]) }));

/** A chosen value in words, for the list of changes. */
export function restValue(name: string, text: string): string {
  if (name === OFFLINE || name === NOTIFICATION) return upToOptions().find(({ value }) => value === text)?.words ?? text;
  if (name === BYPASS) return minutesWords(text);
  if (name === SOLO) return t(text === "on" ? "switched_on" : "switched_off");
  return text;
}

export function Rest({ form, disabled }: { form: Form; disabled: boolean }) {
  const field = (name: string, more: Partial<Field> = {}): Field => ({
    name,
    label: restWords(name) ?? name,
    inherited: "",
    value: form.values[name] ?? "",
    hint: form.values[name] === form.server[name] ? " " : t("saved_value", { value: restValue(name, form.server[name] ?? "") || t("nobody") }),
    bad: badRest(name, form.values[name]),
    ...more,
  });
  const sheet = { disabled, onChange: form.set };
  const rules = namesIn(ruleOf, form.server, form.values);
  const groups = namesIn(groupOf, form.server, form.values);
  const kept = (name: string) => (form.values[keepField(name)] === "" ? { hint: t("keep_ever") } : {});
  return (
    <>
      <Fields
        {...sheet}
        title={t("allowances")}
        hint={t("allowances_hint")}
        fields={[field(OFFLINE, { options: upToOptions() }), field(OFFLINE_MINUTES), field(NOTIFICATION, { options: upToOptions() })]}
      />
      <Fields {...sheet} title={t("quorum_rules")} hint={t("quorum_rules_hint")} fields={rules.map((rule) => field(ruleField(rule)))}>
        {rules.length === 0 && <p className={styles.quiet}>{t("quorum_rules_none")}</p>}
        {!disabled && <AddRule taken={rules} onAdd={(rule, count) => form.set(ruleField(rule), count)} />}
      </Fields>
      <Fields {...sheet} title={t("groups")} hint={t("groups_hint")} fields={groups.map((name) => field(groupField(name)))}>
        {groups.length === 0 && <p className={styles.quiet}>{t("groups_none")}</p>}
        {!disabled && <AddGroup taken={groups} onAdd={(name, who) => form.set(groupField(name), who)} />}
      </Fields>
      <Fields {...sheet} title={t("bypasses")} hint={t("bypasses_hint")} fields={[field(BYPASS, { options: BYPASS_MINUTES.map((value) => ({ value, words: minutesWords(value) })) })]}>
        <FormControlLabel
          control={<Switch checked={form.values[SOLO] === "on"} disabled={disabled} onChange={(_, on) => form.set(SOLO, on ? "on" : "off")} />}
          label={t("bypass_alone")}
        />
      </Fields>
      <Fields {...sheet} title={t("record_kept")} hint={t("record_kept_hint")} fields={[field(WITNESSES), ...CLASSES.map((name) => field(keepField(name), kept(name)))]} />
    </>
  );
}

function AddRule({ taken, onAdd }: { taken: string[]; onAdd: (rule: string, count: string) => void }) {
  const free = RULES.filter((rule) => !taken.includes(rule));
  const [rule, setRule] = useState("");
  const [count, setCount] = useState("2");
  const bad = badRest(ruleField("x"), count) ?? (count.trim() === "" ? t("between", { low: 1, high: 9 }) : null);
  const chosen = free.some((known) => known === rule) ? rule : "";
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (bad !== null || chosen === "") return;
        onAdd(chosen, count.trim());
        setRule("");
      }}
    >
      <TextField
        select
        label={t("rule_chosen")}
        value={chosen}
        helperText=" "
        onChange={(event) => setRule(event.target.value)}
        slotProps={{ select: { native: true }, inputLabel: { shrink: true }, htmlInput: { "data-testid": "quorum-rule" } }}
      >
        <option value="">{t("rule_choose")}</option>
        {free.map((name) => (
          <option key={name} value={name}>
            {ruleWords(name)}
          </option>
        ))}
      </TextField>
      <TextField
        label={t("rule_people")}
        value={count}
        error={bad !== null}
        helperText={bad ?? " "}
        onChange={(event) => setCount(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { inputMode: "numeric" } }}
      />
      <Button type="submit" variant="outlined" disabled={bad !== null || chosen === ""} data-testid="add-rule">
        {t("add_rule")}
      </Button>
    </form>
  );
}

function AddGroup({ taken, onAdd }: { taken: string[]; onAdd: (name: string, who: string) => void }) {
  const [name, setName] = useState("");
  const [who, setWho] = useState("");
  const group = name.trim();
  const double = taken.includes(group);
  const ready = group !== "" && group.length <= 200 && !double && people(who).length > 0 && badRest(groupField(group), who) === null;
  return (
    <form
      className={styles.add}
      data-even="true"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        onAdd(group, people(who).join(", "));
        setName("");
        setWho("");
      }}
    >
      <TextField
        label={t("group_name")}
        value={name}
        error={double}
        helperText={double ? t("group_double") : " "}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { spellCheck: false, "data-testid": "group-name" } }}
      />
      <TextField
        label={t("group_people")}
        value={who}
        helperText=" "
        onChange={(event) => setWho(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { spellCheck: false, "data-testid": "group-people" } }}
      />
      <Button type="submit" variant="outlined" disabled={!ready} data-testid="add-group">
        {t("add_group")}
      </Button>
    </form>
  );
}
