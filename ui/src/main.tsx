/** Starts the page with the transport of the place it runs in. */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./theme/tokens.css";
import { createRoot } from "react-dom/client";
import type { Transport } from "./api/transport";
import { App } from "./App";
import { newQueryClient } from "./state/console";

declare const __UI_VERSION__: string;

async function transport(): Promise<Transport> {
  if ("__TAURI_INTERNALS__" in globalThis) return (await import("./api/tauri")).createTauriTransport();
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

const root = document.getElementById("root");
if (root) createRoot(root).render(<App transport={await transport()} cache={newQueryClient()} />);
