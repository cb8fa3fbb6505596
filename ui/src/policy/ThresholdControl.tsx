/** The risk up to which actions run alone: a slider for a feeling, a number for the exact value. */
import { Slider, TextField } from "@mui/material";
import { useId, useState } from "react";
import type { RiskView } from "./calls";
import { shown, type Draft } from "./draft";
import { Origin } from "./Origin";
import { Lock } from "./Lock";
import styles from "./policy.module.css";
import { t } from "./texts";

interface Props {
  draft: Draft;
  server: Draft;
  fields: Record<string, string>;
  disabled: boolean;
  levels: RiskView["in_force"]["levels"] | null;
  onChange: (draft: Draft) => void;
}

type Bounds = NonNullable<Props["levels"]>;

/** The level that a score falls in. */
function levelAt(score: number, bounds: Bounds | null): string {
  if (!bounds) return "";
  if (score >= bounds.critical) return t("risk_critical");
  if (score >= bounds.high) return t("risk_high");
  return score >= bounds.medium ? t("risk_medium") : t("risk_low");
}

/** Thousandths of what was typed, with a point or a comma; `null` unless it is 0 to 1. */
export function readScore(text: string): number | null {
  const typed = text.trim().replace(",", ".");
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(typed)) return null;
  const value = Math.round(Number(typed) * 1000);
  return value >= 0 && value <= 1000 ? value : null;
}

export function ThresholdControl({ draft, server, fields, disabled, levels, onChange }: Props) {
  const label = useId();
  // What is being typed, until it is left or the value is changed elsewhere.
  const [typed, setText] = useState<string | null>(null);
  const typing = typed !== null && (readScore(typed) ?? draft.threshold) === draft.threshold;
  const text = typing ? typed : shown(draft.threshold);
  const bad = readScore(text) === null;
  const type = (next: string) => {
    setText(next);
    const value = readScore(next);
    if (value !== null) onChange({ ...draft, threshold: value });
  };
  const marks = levels
    ? [
        { value: levels.medium, label: t("risk_medium") },
        { value: levels.high, label: t("risk_high") },
        { value: levels.critical, label: t("risk_critical") },
      ]
    : [];
  return (
    <div className={styles.control}>
      <h3 id={label}>{t("threshold")}</h3>
      <Origin from={fields["max_risk_threshold"]} changed={draft.threshold !== server.threshold} />
      <div className={styles.threshold}>
        <Slider
          className={styles.slider ?? ""}
          value={draft.threshold}
          min={0}
          max={1000}
          step={10}
          shiftStep={100}
          disabled={disabled}
          marks={marks}
          aria-labelledby={label}
          getAriaValueText={(value) => t("threshold_value", { score: shown(value), level: levelAt(value, levels) })}
          onChange={(_, value) => onChange({ ...draft, threshold: Array.isArray(value) ? (value[0] ?? 0) : value })}
        />
        <TextField
          className={styles.number ?? ""}
          label={t("threshold_number")}
          value={text}
          disabled={disabled}
          error={bad}
          helperText={bad ? t("threshold_bad") : " "}
          onChange={(event) => type(event.target.value)}
          onBlur={() => setText(null)}
          slotProps={{ htmlInput: { inputMode: "decimal" } }}
        />
      </div>
      <p className={styles.meaning}>{t("threshold_means", { score: shown(draft.threshold), level: levelAt(draft.threshold, levels) })}</p>
      {levels && draft.threshold >= levels.critical && (
        <p className={styles.lockNote}>
          <Lock /> {t("critical_asks", { score: shown(levels.critical) })}
        </p>
      )}
    </div>
  );
}
