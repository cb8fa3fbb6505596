/**
 * What a person chose for this window: language, look, keys. It lives in this browser or web view, decides nothing, and
 * a damaged value is as good as none.
 */
import { useSyncExternalStore } from "react";
import type { Language } from "../words/words";

export interface Preferences {
  language: Language | "system";
  theme: "system" | "light" | "dark";
  /** Stronger colours, whatever the desktop asks for. */
  contrast: boolean;
  /** Single-letter keys (WCAG 2.1.4). */
  letterKeys: boolean;
  /** Type the target instead of holding a button. */
  typeInsteadOfHold: boolean;
}

const STORED = "navi.preferences";
const DEFAULTS: Preferences = {
  language: "system",
  theme: "system",
  contrast: false,
  letterKeys: true,
  typeInsteadOfHold: false,
};

const CHOICES: { [K in keyof Preferences]: readonly Preferences[K][] } = {
  language: ["system", "en", "de"],
  theme: ["system", "light", "dark"],
  contrast: [true, false],
  letterKeys: [true, false],
  typeInsteadOfHold: [true, false],
};

let known: { text: string | null; value: Preferences } = { text: null, value: DEFAULTS };
const listeners = new Set<() => void>();

function read(text: string | null): Preferences {
  const value: Preferences = { ...DEFAULTS };
  if (text === null) return value;
  try {
    const stored = JSON.parse(text) as Record<string, unknown>;
    for (const name of Object.keys(CHOICES) as (keyof Preferences)[]) {
      const allowed: readonly unknown[] = CHOICES[name];
      if (allowed.includes(stored[name])) Object.assign(value, { [name]: stored[name] });
    }
  } catch {
    // What cannot be read was not chosen.
  }
  return value;
}

/** The preferences now. */
export function preferences(): Preferences {
  const text = globalThis.localStorage.getItem(STORED);
  if (text !== known.text) known = { text, value: read(text) };
  return known.value;
}

export function prefer(change: Partial<Preferences>): void {
  globalThis.localStorage.setItem(STORED, JSON.stringify({ ...preferences(), ...change }));
  for (const listener of listeners) listener();
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
