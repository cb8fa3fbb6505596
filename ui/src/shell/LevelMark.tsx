/** A risk level as shape, text and colour together; never colour alone. */
import type { Level } from "../api/types";
import { words as define } from "../words/words";
import styles from "./level.module.css";

const t = define("level", {
  en: { low: "Low", medium: "Medium", high: "High", critical: "Critical" },
  de: { low: "Niedrig", medium: "Mittel", high: "Hoch", critical: "Kritisch" },
});

/** A level's name in the language of the page. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  get low() {
    return t("low");
  },
  get medium() {
    return t("medium");
  },
  get high() {
    return t("high");
  },
  get critical() {
    return t("critical");
  },
};

const SHAPES: Record<Level, string> = {
  low: "M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12z",
  medium: "M8 1l7 7l-7 7l-7-7z",
  high: "M8 1.5l7 12.5h-14z",
  critical: "M5 1h6l4 4v6l-4 4h-6l-4-4v-6z",
};

export function LevelMark({ level, words = true }: { level: Level; words?: boolean }) {
  return (
    <span className={`${styles.mark} ${styles[level]}`}>
      <svg viewBox="0 0 16 16" width="11" height="11" aria-hidden="true" focusable="false">
        <path d={SHAPES[level]} fill="currentColor" />
      </svg>
      <span className={words ? undefined : "visually-hidden"}>{LEVEL_WORDS[level]}</span>
    </span>
  );
}
