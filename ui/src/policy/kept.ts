/** Unsaved changes outlive the screen and the window: they are kept in this browser until saved or thrown away. */
import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "navi.draft.";
const listeners = new Set<() => void>();

const listen = (changed: () => void) => {
  listeners.add(changed);
  globalThis.addEventListener("storage", changed);
  return () => {
    listeners.delete(changed);
    globalThis.removeEventListener("storage", changed);
  };
};

function parsed(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What cannot be read was not kept.
    return null;
  }
}

const read = new Map<string, { text: string | null; value: unknown }>();

function current(name: string): unknown {
  const text = globalThis.localStorage.getItem(PREFIX + name);
  const known = read.get(name);
  if (known && known.text === text) return known.value;
  const value = parsed(text);
  read.set(name, { text, value });
  return value;
}

/** Something kept under a name, and the way to change it; `null` forgets it. `is` tells a damaged one. */
export function useKeptDraft<T>(name: string, is: (value: unknown) => value is T): [T | null, (value: T | null) => void] {
  const value = useSyncExternalStore(listen, () => current(name));
  const keep = useCallback(
    (next: T | null) => {
      if (next === null) globalThis.localStorage.removeItem(PREFIX + name);
      else globalThis.localStorage.setItem(PREFIX + name, JSON.stringify(next));
      for (const listener of listeners) listener();
    },
    [name],
  );
  return [is(value) ? value : null, keep];
}

let names: string[] = [];

/** Names under which something is kept, of those that begin so. */
export function useKeptNames(prefix: string): string[] {
  const all = useSyncExternalStore(listen, () => {
    const found = Object.keys(globalThis.localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length))
      .toSorted();
    if (found.join("\n") !== names.join("\n")) names = found;
    return names;
  });
  return all.filter((name) => name.startsWith(prefix));
}
