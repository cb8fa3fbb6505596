/** Copying: one way to the clipboard, and one notice for the whole window that says whether it was written. */
import { useSyncExternalStore } from "react";

/** How long the notice stays, in milliseconds. */
export const SHOWN_MS = 4_000;

let told: boolean | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function tell(what: boolean | null): void {
  told = what;
  for (const listener of listeners) listener();
}

/** Writes the clipboard; `false`: it cannot be written, as on a page that is not secure. */
export async function written(text: string): Promise<boolean> {
  const clipboard = globalThis.navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return false;
  return clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

/** Copies, and says so in the window's notice. In a dialog use {@link written}: what lies behind it is not heard. */
export async function copy(text: string): Promise<void> {
  const ok = await written(text);
  clearTimeout(timer);
  // Said anew each time, also to a screen reader.
  tell(null);
  timer = setTimeout(() => {
    tell(ok);
    timer = setTimeout(() => tell(null), SHOWN_MS);
  });
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the notice says: copied, not copied, or nothing. */
export function useCopied(): boolean | null {
  return useSyncExternalStore(listen, () => told);
}
