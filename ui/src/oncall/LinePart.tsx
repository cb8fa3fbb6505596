/** The line that a waiting request climbs, and how soon it should be answered. */
import { Alert, Button, MenuItem, TextField } from "@mui/material";
import { useState } from "react";
import { asApiError } from "../api/problem";
import type { ConsoleState } from "../api/types";
import { roleWords } from "../shell/words";
import { Refused } from "../shell/Refused";
import { VisibleText } from "../text/VisibleText";
import styles from "./oncall.module.css";
import { t } from "./texts";
import { useSaveLine, type OnCallView, type StepView } from "./useOncall";

const MOST_STEPS = 10;
const REACHES = ["schedule", "role", "user"] as const;
type Reach = (typeof REACHES)[number];
const ROLES = ["oncall", "approver", "admin", "developer", "auditor"];

/** A step as its form has it: percent, with a key that stays while steps come and go. */
interface Draft {
  key: number;
  percent: string;
  to: Reach;
  name: string;
}

/** What is wrong with the steps, by place: as the server checks them. */
export function wrongSteps(steps: { percent: string; name: string }[]): ("bad_at" | "bad_name" | null)[] {
  return steps.map(({ percent, name }, at) => {
    const value = Number(percent);
    const before = at === 0 ? 0 : Number(steps[at - 1]?.percent ?? 0);
    if (!(value >= 1 && value <= 99 && value > before)) return "bad_at";
    return name.trim() === "" ? "bad_name" : null;
  });
}

interface Props {
  book: OnCallView;
  state: ConsoleState;
  onTold: (words: string) => void;
}

export function LinePart({ book, state, onTold }: Props) {
  const isAdmin = state.role === "admin";
  return (
    <>
      <p className={styles.hint}>{t("line_intro")}</p>
      {book.version === 0 && <p className={styles.hint}>{t("no_line")}</p>}
      {isAdmin ? (
        <Editor book={book} online={state.online} onTold={onTold} />
      ) : (
        <>
          <ol className={styles.steps}>
            {book.line.map((step) => (
              <li key={step.at} data-testid="line-step">
                <VisibleText text={`${t("percent", { n: step.at / 10 })}: ${t(`to_${reachOf(step)}`)} ${reachOf(step) === "role" ? roleWords(step.name) : step.name}`} />
              </li>
            ))}
          </ol>
          <p>{t("target_is", { minutes: book.target_minutes })}</p>
          <p className={styles.hint}>{t("admin_only")}</p>
        </>
      )}
    </>
  );
}

const reachOf = (step: StepView): Reach => REACHES.find((known) => known === step.to) ?? "user";

function Editor({ book, online, onTold }: { book: OnCallView; online: boolean; onTold: (words: string) => void }) {
  const [steps, setSteps] = useState<Draft[]>(() => book.line.map((step, key) => ({ key, percent: String(step.at / 10), to: reachOf(step), name: step.name })));
  const [target, setTarget] = useState(String(book.target_minutes));
  const save = useSaveLine(() => onTold(t("saved")));
  const problem = save.error === null ? null : asApiError(save.error);
  const wrong = wrongSteps(steps);
  const minutes = Number(target);
  const badTarget = !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 10_080);
  const change = (key: number, part: Partial<Draft>) => setSteps(steps.map((step) => (step.key === key ? { ...step, ...part } : step)));
  const add = () => {
    const last = Number(steps.at(-1)?.percent ?? 25);
    const [first] = book.schedules;
    const step: Draft = { key: Math.max(-1, ...steps.map((s) => s.key)) + 1, percent: String(Math.min(99, Math.round(last + 25))), to: first ? "schedule" : "role", name: first?.id ?? "oncall" };
    setSteps([...steps, step]);
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (badTarget || wrong.some((why) => why !== null)) return;
        const line = steps.map(({ percent, to, name }) => ({ at: Math.round(Number(percent) * 10), to, name: name.trim() }));
        save.mutate({ line, target_minutes: minutes, version: book.version });
      }}
    >
      <ol className={styles.steps}>
        {steps.map((step, at) => (
          <li key={step.key} data-testid="line-step">
            <Step step={step} n={at + 1} wrong={wrong[at] ?? null} schedules={book.schedules.map((s) => s.id)} onChange={(part) => change(step.key, part)} onDrop={() => setSteps(steps.filter((s) => s.key !== step.key))} />
          </li>
        ))}
      </ol>
      <div className={styles.acts}>
        <Button variant="outlined" disabled={steps.length >= MOST_STEPS} onClick={add} data-testid="add-step">
          {t("add_step")}
        </Button>
      </div>
      <TextField type="number" label={t("target")} value={target} error={badTarget} helperText={t(badTarget ? "bad_target" : "target_hint")} onChange={(event) => setTarget(event.target.value)} slotProps={{ htmlInput: { min: 1, max: 10_080, "data-testid": "target-minutes" } }} />
      {problem && <Alert severity="error">{problem.code === "version_conflict" ? t("conflict") : <Refused error={save.error} />}</Alert>}
      <div className={styles.acts}>
        <Button type="submit" variant="contained" disabled={!online || save.isPending || badTarget || wrong.some((why) => why !== null)} data-testid="save-line">
          {t("save")}
        </Button>
      </div>
    </form>
  );
}

interface StepProps {
  step: Draft;
  n: number;
  wrong: "bad_at" | "bad_name" | null;
  schedules: string[];
  onChange: (part: Partial<Draft>) => void;
  onDrop: () => void;
}

function Step({ step, n, wrong, schedules, onChange, onDrop }: StepProps) {
  const names = step.to === "schedule" ? schedules : step.to === "role" ? ROLES : null;
  const reach = (to: Reach) => onChange({ to, name: to === "schedule" ? (schedules[0] ?? "") : to === "role" ? "oncall" : "" });
  return (
    <fieldset className={styles.step}>
      <legend>{t("step_n", { n })}</legend>
      <TextField
        type="number"
        size="small"
        label={`${t("step_at")} (%)`}
        value={step.percent}
        error={wrong === "bad_at"}
        helperText={wrong === "bad_at" ? t("bad_at") : " "}
        onChange={(event) => onChange({ percent: event.target.value })}
        slotProps={{ htmlInput: { min: 1, max: 99, step: 0.1 } }}
      />
      <TextField select size="small" label={t("step_to")} value={step.to} helperText=" " onChange={(event) => reach(event.target.value as Reach)}>
        {REACHES.map((to) => (
          <MenuItem key={to} value={to}>
            {t(`to_${to}`)}
          </MenuItem>
        ))}
      </TextField>
      {names ? (
        <TextField select size="small" label={t(step.to === "role" ? "role_name" : "schedule_name")} value={names.includes(step.name) ? step.name : ""} error={wrong === "bad_name"} helperText={wrong === "bad_name" ? t("bad_name") : " "} onChange={(event) => onChange({ name: event.target.value })}>
          {names.map((name) => (
            <MenuItem key={name} value={name}>
              {step.to === "role" ? roleWords(name) : name}
            </MenuItem>
          ))}
        </TextField>
      ) : (
        <TextField size="small" label={t("user_name")} value={step.name} error={wrong === "bad_name"} helperText={wrong === "bad_name" ? t("bad_name") : " "} onChange={(event) => onChange({ name: event.target.value })} />
      )}
      <Button size="small" color="error" aria-label={t("drop_step", { n })} onClick={onDrop}>
        ×
      </Button>
    </fieldset>
  );
}
