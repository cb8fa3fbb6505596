/** A risk level as shape, text and colour together; never colour alone. */
import type { Level } from "../api/types";
import styles from "./level.module.css";

export const LEVEL_WORDS: Record<Level, string> = { low: "Low", medium: "Medium", high: "High", critical: "Critical" };

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
