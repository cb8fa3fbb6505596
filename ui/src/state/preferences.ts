/**
 * What a person chose for this window: language, look, keys. It lives in this browser or, on the desktop,
 * with the console, decides nothing, and a damaged value is as good as none.
 */
import { useSyncExternalStore } from "react";
import type { Language } from "../words/words";

export interface Preferences {
  language: Language | "system";
  theme: "system" | "light" | "dark";
  /** Stronger colours, whatever the desktop asks for. */
  contrast: boolean;
  /** How a diff is drawn. */
  diff: "unified" | "split";
  /** Single-letter keys (WCAG 2.1.4). */
  letterKeys: boolean;
  /** Type the target instead of holding a button. */
  typeInsteadOfHold: boolean;
  /** Keys given to commands in place of their own: own keys → chosen keys. */
  keys: Record<string, string>;
}

/** What has a fixed set of choices. */
type Plain = Omit<Preferences, "keys">;

const STORED = "navi.preferences";
const DEFAULTS: Preferences = {
  language: "system",
  theme: "system",
  contrast: false,
  diff: "unified",
  letterKeys: true,
  typeInsteadOfHold: false,
  keys: {},
};

const CHOICES: { [K in keyof Plain]: readonly Plain[K][] } = {
  language: ["system", "en", "de"],
  theme: ["system", "light", "dark"],
  contrast: [true, false],
  diff: ["unified", "split"],
  letterKeys: [true, false],
  typeInsteadOfHold: [true, false],
};

let known: { text: string | null; value: Preferences } = { text: null, value: DEFAULTS };
const listeners = new Set<() => void>();
let keeper: ((text: string) => void) | null = null;

function read(text: string | null): Preferences {
  const value: Preferences = { ...DEFAULTS };
  if (text === null) return value;
  try {
    const stored = JSON.parse(text) as Record<string, unknown>;
    for (const name of Object.keys(CHOICES) as (keyof Plain)[]) {
      const allowed: readonly unknown[] = CHOICES[name];
      if (allowed.includes(stored[name])) Object.assign(value, { [name]: stored[name] });
    }
    value.keys = readKeys(stored["keys"]);
  } catch {
    // What cannot be read was not chosen.
  }
  return value;
}

function readKeys(stored: unknown): Record<string, string> {
  if (typeof stored !== "object" || stored === null) return {};
  const sane = Object.entries(stored).filter(([own, chosen]) => isKey(own) && typeof chosen === "string" && isKey(chosen));
  return Object.fromEntries(sane) as Record<string, string>;
}

/** Whether a text names one key that can be given to a command: a printed character other than a space. */
export function isKey(text: string): boolean {
  return /^[!-~]$/.test(text);
}

/** The preferences now. */
export function preferences(): Preferences {
  const text = globalThis.localStorage.getItem(STORED);
  if (text !== known.text) known = { text, value: read(text) };
  return known.value;
}

export function prefer(change: Partial<Preferences>): void {
  const text = JSON.stringify({ ...preferences(), ...change });
  globalThis.localStorage.setItem(STORED, text);
  keeper?.(text);
  for (const listener of listeners) listener();
}

/**
 * Lets a place outside the page keep the choices too, beginning with what it kept before. The page's own storage then is
 * a copy that can be read at once.
 */
export function keepWith(kept: string | null, keep: (text: string) => void): void {
  if (kept !== null) globalThis.localStorage.setItem(STORED, kept);
  keeper = keep;
}

const listen = (changed: () => void) => {
  listeners.add(changed);
  globalThis.addEventListener("storage", changed);
  return () => {
    listeners.delete(changed);
    globalThis.removeEventListener("storage", changed);
  };
};

export function usePreferences(): Preferences {
  return useSyncExternalStore(listen, preferences);
}
