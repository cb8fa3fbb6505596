/**
 * The product's words in each language. A folder defines its own with `words(place, { en, de })` and gets a function
 * that says them; changing the language draws the page anew, so that nothing has to listen.
 */
import { createInstance } from "i18next";
import { preferences } from "../state/preferences";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

type Texts = Record<string, string>;
/** `waits_one` and `waits_other` are said as `waits` with a `count`. */
type Key<T> = { [K in keyof T & string]: K extends `${infer Stem}_${"one" | "other"}` ? Stem : K }[keyof T & string];
type Values = Record<string, string | number>;

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** The chosen language, or the first of this machine's that there are words for. */
export function language(): Language {
  const { language: chosen } = preferences();
  if (chosen !== "system") return chosen;
  return globalThis.navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

const book = createInstance();
void book.init({
  lng: "en",
  fallbackLng: "en",
  resources: {},
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  // React escapes; escaping twice would show `&amp;`.
  interpolation: { escapeValue: false },
});

/** Defines a folder's words. Both languages must have every text. */
export function words<const T extends Texts>(place: string, texts: { en: T; de: { [K in keyof T]: string } }) {
  for (const [tag, table] of Object.entries(texts)) book.addResourceBundle(tag, place, table);
  return (key: Key<T>, values: Values = {}): string => book.t(key, { ...values, ns: place, lng: language() });
}
