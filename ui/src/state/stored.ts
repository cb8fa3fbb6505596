/**
 * Lists that each person keeps for themselves, in this browser or web view: they decide nothing, and a damaged one is as good
 * as none. Where the storage is full or blocked, a list lasts as long as the page does, and `keep` says so.
 */
import { useSyncExternalStore } from "react";

export interface Stored<T> {
  of(user: string): readonly T[];
  /** Whether it will still be there after the page. */
  keep(user: string, next: readonly T[]): boolean;
  use(user: string): readonly T[];
}

const listeners = new Set<() => void>();

function tell(): void {
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

function written(key: string): string | null {
  try {
    return globalThis.localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, text: string): boolean {
  try {
    globalThis.localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** A list under a name; at most so many, the newest last. */
export function stored<T>(name: string, isOne: (value: unknown) => value is T, most: number): Stored<T> {
  const known = new Map<string, { text: string | null; list: readonly T[] }>();
  const none: readonly T[] = [];

  function read(text: string | null): readonly T[] {
    if (text === null) return none;
    try {
      const found: unknown = JSON.parse(text);
      return Array.isArray(found) ? found.filter(isOne).slice(0, most) : none;
    } catch {
      return none;
    }
  }

  function of(user: string): readonly T[] {
    const text = written(`${name}.${user}`);
    const last = known.get(user);
    if (last && last.text === text) return last.list;
    const list = read(text);
    known.set(user, { text, list });
    return list;
  }

  return {
    of,
    keep(user, next) {
      const list = next.slice(-most);
      const text = JSON.stringify(list);
      const kept = write(`${name}.${user}`, text);
      known.set(user, { text: kept ? text : written(`${name}.${user}`), list });
      tell();
      return kept;
    },
    use: (user) => useSyncExternalStore(listen, () => of(user)),
  };
}
