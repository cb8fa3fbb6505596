/** The level: four steps, each with what it means. */
import { Slider } from "@mui/material";
import { useId } from "react";
import { LEVELS, type Autonomy, type Draft } from "./draft";
import { levelWords } from "./lines";
import { Origin } from "./Origin";
import styles from "./policy.module.css";
import { t } from "./texts";

interface Props {
  draft: Draft;
  server: Draft;
  fields: Record<string, string>;
  disabled: boolean;
  onLevel: (level: Autonomy) => void;
}

const MEANINGS = { minimal: "means_minimal", standard: "means_standard", elevated: "means_elevated", full: "means_full" } as const;

export function LevelControl({ draft, server, fields, disabled, onLevel }: Props) {
  const label = useId();
  return (
    <div className={styles.control}>
      <h3 id={label}>{t("level")}</h3>
      <Origin from={fields["level"]} changed={draft.level !== server.level} />
      <Slider
        className={styles.slider ?? ""}
        value={LEVELS.indexOf(draft.level)}
        min={0}
        max={3}
        step={1}
        disabled={disabled}
        marks={LEVELS.map((level, value) => ({ value, label: levelWords(level) }))}
        aria-labelledby={label}
        getAriaValueText={(value) => `${levelWords(LEVELS[value] ?? "minimal")}: ${t(MEANINGS[LEVELS[value] ?? "minimal"])}`}
        onChange={(_, value) => onLevel(LEVELS[Array.isArray(value) ? (value[0] ?? 0) : value] ?? "minimal")}
      />
      <p className={styles.meaning}>
        {t(MEANINGS[draft.level])}
      </p>
    </div>
  );
}
