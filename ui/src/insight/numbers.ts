/** Numbers, spans and days in the chosen language. */
import { language } from "../words/words";

/** A count. */
export const count = (value: number): string => new Intl.NumberFormat(language()).format(value);

/** A score of 0–1000 as 0.000–1.000. */
export const score = (thousandths: number): string =>
  new Intl.NumberFormat(language(), { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(thousandths / 1000);

/** A share of 0–1000 as a percentage. */
export const share = (thousandths: number): string =>
  new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(thousandths / 1000);

/** `part` of `whole` as thousandths; nothing of nothing is no share. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((part / whole) * 1000));

/** A span in milliseconds, in the largest fitting unit. */
export function span(ms: number): string {
  const say = (value: number, unit: string) =>
    new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  if (ms < 1000) return say(Math.round(ms), "millisecond");
  if (ms < 60_000) return say(ms / 1000, "second");
  if (ms < 3_600_000) return say(ms / 60_000, "minute");
  return ms < 172_800_000 ? say(ms / 3_600_000, "hour") : say(ms / 86_400_000, "day");
}

/** A day of UTC, as the server cuts days (UTC microseconds). */
export const dayOf = (at: number): string =>
  new Intl.DateTimeFormat(language(), { day: "numeric", month: "short", timeZone: "UTC" }).format(at / 1000);
