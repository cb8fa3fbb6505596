/** Starts the page with the transport of the place it runs in. */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./theme/tokens.css";
import { createRoot } from "react-dom/client";
import type { Transport } from "./api/transport";
import { App } from "./App";
import { newQueryClient } from "./state/console";
import { keepWith } from "./state/preferences";
import { serverWords } from "./words/server";
import { language } from "./words/words";

declare const __UI_VERSION__: string;

async function transport(): Promise<Transport> {
  if ("__TAURI_INTERNALS__" in globalThis) return desktop();
  const { createWebTransport } = await import("./api/web");
  return createWebTransport({
    fetch: (input, init) => globalThis.fetch(input, init),
    WebSocket,
    indexedDB,
    origin: globalThis.location.origin,
    version: __UI_VERSION__,
    monotonic: () => performance.now(),
    wall: () => Date.now(),
  });
}

/** The console keeps what was chosen for its page; without an answer the page has its own copy. */
async function desktop(): Promise<Transport> {
  const { createTauriTransport } = await import("./api/tauri");
  const made = createTauriTransport();
  const kept = await made.machine?.preferences().catch(() => null);
  keepWith(kept ?? null, (text) => void made.machine?.keepPreferences(text).catch(() => undefined));
  return made;
}

const root = document.getElementById("root");
if (root) {
  // What was chosen comes with the transport, and with it the language.
  const made = await transport();
  await serverWords(language());
  createRoot(root).render(<App transport={made} cache={newQueryClient()} />);
}
