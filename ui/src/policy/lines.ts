/** Differences of policies in words, and where a value comes from. */
import type { Line } from "./Changes";
import type { Difference } from "./draft";
import { scopeOfWords, scopeWords } from "./scope";
import { t } from "./texts";

const LANES = { auto: "lane_auto", risk: "lane_risk", ask: "lane_ask", block: "lane_block" } as const;
const LEVELS = { minimal: "level_minimal", standard: "level_standard", elevated: "level_elevated", full: "level_full" } as const;

export const laneWords = (lane: keyof typeof LANES): string => t(LANES[lane]);
export const levelWords = (level: keyof typeof LEVELS): string => t(LEVELS[level]);

const said = <T extends string>(table: Record<T, Parameters<typeof t>[0]>, name: string): string =>
  Object.hasOwn(table, name) ? t(table[name as T]) : name;

export function linesOf(changes: Difference[]): Line[] {
  return changes.map(({ what, from, to, looser }) => {
    if (what === "level") return { what: t("level"), from: said(LEVELS, from), to: said(LEVELS, to), looser };
    if (what === "threshold") return { what: t("threshold"), from, to, looser };
    return { what, from: said(LANES, from), to: said(LANES, to), looser };
  });
}

/** The server's words for where something comes from, in this language. */
export function sourceWords(words: string): string {
  const level = /^default of level (\w+)$/.exec(words)?.[1];
  if (level !== undefined) return t("origin_level", { level: said(LEVELS, level) });
  const scope = scopeOfWords(words);
  return scope === null ? words : scopeWords(scope);
}
