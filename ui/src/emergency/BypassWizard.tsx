/** Asking for a bypass, one question after the other. Nothing is signed before the last one. */
import { Alert, Autocomplete, Button, TextField } from "@mui/material";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { BypassList } from "../api/types";
import { useApprovals } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { BYPASS_SCOPES, missing, type Wish } from "./bypass";
import styles from "./emergency.module.css";
import { namedIn } from "./freeze";
import { HoldToAct } from "./HoldToAct";
import { t } from "./texts.bypass";
import { useStep } from "./useBypass";
import { inWords } from "../words/server";

const STEPS = ["step_scope", "step_why", "step_time", "step_blocked", "step_told", "step_sign"] as const;
const LAST = STEPS.length - 1;

interface Props {
  list: BypassList;
  onClose: () => void;
  onAsked: () => void;
}

export function BypassWizard({ list, onClose, onAsked }: Props) {
  const [at, setAt] = useState(0);
  const [tried, setTried] = useState(false);
  const [wish, setWish] = useState<Wish>({ scope: "repo", name: "", incident: "", reason: "", minutes: list.limits.minutes[0] ?? 15 });
  const lacks = missing(wish, at, list.limits.shortest_reason);
  const change = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const go = (to: number) => {
    setTried(to > at && lacks !== null);
    if (to < at || lacks === null) setAt(to);
  };
  const shown = { wish, list, onChange: change, lacks: tried ? lacks : null };
  return (
    <section className={styles.wizard} aria-label={t("open")} data-testid="bypass-wizard">
      <ol className={styles.steps} aria-label={t("steps")}>
        {STEPS.map((name, nth) => (
          <li key={name} aria-current={nth === at ? "step" : undefined} data-done={nth < at}>
            {t(name)}
          </li>
        ))}
      </ol>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (at < LAST) go(at + 1);
        }}
      >
        {at === 0 && <ScopeStep {...shown} />}
        {at === 1 && <WhyStep {...shown} />}
        {at === 2 && <TimeStep {...shown} />}
        {at === 3 && <BlockedStep list={list} />}
        {at === 4 && <ToldStep list={list} />}
        {at === LAST && <SignStep wish={wish} list={list} onAsked={onAsked} />}
        <div className={styles.acts}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          {at > 0 && <Button onClick={() => go(at - 1)}>{t("previous")}</Button>}
          {at < LAST && (
            <Button type="submit" variant="contained" data-testid="bypass-next">
              {t("next")}
            </Button>
          )}
        </div>
      </form>
    </section>
  );
}

interface StepProps {
  wish: Wish;
  list: BypassList;
  lacks: ReturnType<typeof missing>;
  onChange: (part: Partial<Wish>) => void;
}

function ScopeStep({ wish, lacks, onChange }: StepProps) {
  const waiting = (useApprovals().data ?? []).filter((view) => view.status === "pending");
  const names = namedIn(waiting);
  const { scope } = wish;
  const options = scope === "action" ? waiting.map((view) => view.digest) : scope === "everything" ? [] : names[scope];
  const titleOf = (digest: string) => waiting.find((view) => view.digest === digest)?.title ?? "";
  return (
    <fieldset className={styles.choices}>
      <legend>{t("scope")}</legend>
      {BYPASS_SCOPES.map((choice) => (
        <label key={choice}>
          <input type="radio" name="bypass-scope" value={choice} checked={scope === choice} onChange={() => onChange({ scope: choice, name: "" })} />
          <span>{t(`scope_${choice}` as const)}</span>
          {choice === "everything" && <small>{t("scope_hint_everything")}</small>}
        </label>
      ))}
      {scope !== "everything" && (
        <Autocomplete
          key={scope}
          freeSolo
          options={options}
          inputValue={wish.name}
          onInputChange={(_, text) => onChange({ name: text })}
          renderOption={(props, option) => (
            <li {...props} key={option}>
              <VisibleText text={scope === "action" ? titleOf(option) : option} />
            </li>
          )}
          renderInput={(params) => (
            <TextField
              {...params}
              label={t(`name_${scope}` as const)}
              error={lacks === "scope"}
              helperText={lacks === "scope" ? t("missing_scope") : scope === "action" ? titleOf(wish.name) || t("name_action_hint") : " "}
              slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, "data-testid": "bypass-name" } }}
            />
          )}
        />
      )}
    </fieldset>
  );
}

function WhyStep({ wish, list, lacks, onChange }: StepProps) {
  const n = list.limits.shortest_reason;
  const have = [...wish.reason.trim()].length;
  return (
    <>
      <TextField
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        label={t("incident")}
        value={wish.incident}
        error={lacks === "incident"}
        helperText={lacks === "incident" ? t("missing_incident") : t("incident_hint")}
        onChange={(event) => onChange({ incident: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 100, "data-testid": "bypass-incident" } }}
      />
      <TextField
        label={t("reason")}
        multiline
        minRows={2}
        value={wish.reason}
        error={lacks === "reason"}
        helperText={lacks === "reason" ? t("missing_reason", { n }) : t("reason_hint", { n, have })}
        onChange={(event) => onChange({ reason: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 2000, "data-testid": "bypass-reason" } }}
      />
    </>
  );
}

function TimeStep({ wish, list, onChange }: StepProps) {
  return (
    <fieldset className={styles.choices}>
      <legend>{t("minutes_legend")}</legend>
      {list.limits.minutes.map((n) => (
        <label key={n}>
          <input type="radio" name="bypass-minutes" value={n} checked={wish.minutes === n} onChange={() => onChange({ minutes: n })} />
          <span>{t("minutes", { n })}</span>
        </label>
      ))}
    </fieldset>
  );
}

function BlockedStep({ list }: { list: BypassList }) {
  return (
    <div data-testid="stays-blocked">
      <p>{t("blocked_intro")}</p>
      <ul>
        {list.stays_blocked.map((what) => (
          <li key={what}>{inWords(list.words, what)}</li>
        ))}
      </ul>
    </div>
  );
}

function ToldStep({ list }: { list: BypassList }) {
  return (
    <div data-testid="who-is-told">
      <p>{list.told.length === 0 ? t("told_nobody") : t("told_intro")}</p>
      <ul>
        {list.told.map((user) => (
          <li key={user}>
            <VisibleText text={user} />
          </li>
        ))}
      </ul>
      <p>{t("told_later")}</p>
    </div>
  );
}

/** Whom to call, with who is there now. */
export function Confirmers({ list }: { list: BypassList }) {
  const { confirmers, limits } = list;
  return (
    <div data-testid="confirmers">
      <p>{confirmers.length === 0 ? t("confirmers_none") : t("confirmers")}</p>
      <ul>
        {confirmers.map(({ user, present }) => (
          <li key={user} data-present={present}>
            <VisibleText text={user} /> – {t(present ? "present" : "absent")}
          </li>
        ))}
      </ul>
      <p className={styles.hint}>{limits.solo ? t("solo_is", { secs: limits.solo_wait_secs }) : t("solo_not")}</p>
    </div>
  );
}

function SignStep({ wish, list, onAsked }: { wish: Wish; list: BypassList; onAsked: () => void }) {
  const [passphrase, setPassphrase] = useState("");
  const ask = useStep(onAsked);
  const problem = ask.error === null ? null : asApiError(ask.error);
  const named = wish.scope === "everything" ? {} : { name: wish.name.trim() };
  const covers = wish.scope === "everything" ? t("scope_everything") : `${t(`scope_${wish.scope}` as const)}: ${wish.name.trim()}`;
  const send = () =>
    ask.mutate({ step: { step: "ask", scope: wish.scope, ...named, incident: wish.incident.trim(), reason: wish.reason.trim(), minutes: wish.minutes }, passphrase });
  return (
    <>
      <p className={styles.what}>
        <VisibleText text={t("summary", { covers, minutes: wish.minutes, incident: wish.incident.trim() })} />
      </p>
      <p>
        <VisibleText text={wish.reason.trim()} />
      </p>
      <Confirmers list={list} />
      <Passphrase value={passphrase} onChange={setPassphrase} />
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <div className={styles.acts}>
        <HoldToAct testId="ask-bypass" disabled={passphrase === "" || ask.isPending} onHeld={send}>
          {t("hold")}
        </HoldToAct>
      </div>
    </>
  );
}

export function Passphrase({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <TextField
      type="password"
      label={t("passphrase")}
      helperText={t("passphrase_hint")}
      value={value}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { "data-testid": "bypass-passphrase" } }}
    />
  );
}
