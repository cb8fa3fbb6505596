/** How wrong this machine's clock is, in words. */
import { t } from "./bands.texts";

export function clockWords(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000;
  const amount = minutes >= 1 ? t("minutes", { n: Math.round(minutes) }) : t("seconds", { n: Math.round(minutes * 60) });
  return t(offsetMs > 0 ? "clock_fast" : "clock_slow", { amount });
}
