/** For how long a way back is offered, by action type, as texts of a form: `window:deploy` → minutes. Pure. */
import { t } from "./texts";
import type { Values } from "./useForm";

const PREFIX = "window:";
/** Ninety days, as the server bounds it. */
export const MOST_MINUTES = 129_600;
/** Stands for every action type without a window of its own or a shipped one. */
export const OTHERS = "*";

export const windowField = (type: string): string => PREFIX + type;
export const typeOf = (field: string): string | null => (field.startsWith(PREFIX) ? field.slice(PREFIX.length) : null);
export const typeWords = (type: string): string => (type === OTHERS ? t("window_others") : type);

export const windowsIn = (minutes: Record<string, number> | undefined): Values =>
  Object.fromEntries(Object.entries(minutes ?? {}).map(([type, n]) => [windowField(type), String(n)]));

/** The action types with a window of the organisation's own; in either of two forms, so that a removed one can come back. */
export const typesIn = (...forms: Values[]): string[] =>
  [...new Set(forms.flatMap((values) => Object.entries(values).flatMap(([field, text]) => (text === "" ? [] : (typeOf(field) ?? [])))))].toSorted();

/** What is sent: all of them; an empty one is none. */
export const minutesOf = (values: Values): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([field, text]) => {
      const type = typeOf(field);
      return type === null || text.trim() === "" ? [] : [[type, Number(text)] as const];
    }),
  );

/** Why a number of minutes is refused; null: it is none, or fine. */
export function badMinutes(text: string): string | null {
  const minutes = Number(text);
  const fine = text.trim() === "" || (Number.isInteger(minutes) && minutes >= 0 && minutes <= MOST_MINUTES);
  return fine ? null : t("between", { low: 0, high: MOST_MINUTES });
}

/** Minutes as people say them. */
export function windowWords(text: string): string {
  if (text.trim() === "") return t("window_shipped");
  const minutes = Number(text);
  if (minutes === 0) return t("window_never");
  if (minutes % 1440 === 0) return t("window_days", { count: minutes / 1440 });
  return minutes % 60 === 0 ? t("window_hours", { count: minutes / 60 }) : t("window_minutes", { count: minutes });
}
