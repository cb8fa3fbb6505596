/**
 * The desktop transport: every call goes to the console process over Tauri's IPC. The only file that may import Tauri.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { asApiError } from "./problem";
import type { Change, KeptRecord, Machine, Stop, Topic, Transport } from "./transport";
import type { ConsoleState, Draft, OutboxItem, Outcome, RecordStatus, Step, Verification } from "./types";

async function call<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw asApiError(thrown);
  }
}

function on<T>(event: string, listener: (payload: T) => void): Stop {
  const stopping = listen<T>(event, ({ payload }) => listener(payload));
  return () => void stopping.then((stop) => stop());
}

async function carry(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const text = await request.text();
  const answer = await call<{ status: number; body: unknown }>("api_request", {
    method: request.method,
    path: url.pathname + url.search,
    ...(text === "" ? {} : { body: JSON.parse(text) as unknown }),
  });
  const empty = answer.status === 204 || answer.body === null || answer.body === undefined;
  return new Response(empty ? null : JSON.stringify(answer.body), {
    status: answer.status,
    headers: { "content-type": answer.status < 400 ? "application/json" : "application/problem+json" },
  });
}

const record: KeptRecord = {
  status: () => call<RecordStatus>("record_status"),
  keep: (window) => call<RecordStatus>("set_window", { window }),
  verify: async (file, onStep) => {
    const stop = on<Step>("verification", onStep);
    try {
      return await call<Verification | null>("verify_record", { file: file?.path ?? null, vkey: file?.vkey ?? null });
    } finally {
      stop();
    }
  },
  cancel: () => call<void>("cancel_verification"),
  save: (path) => call("export_window", { path }),
  onDrop: (listener) => on<{ paths: string[] }>("tauri://drag-drop", ({ paths }) => listener(paths)),
};

const machine: Machine = {
  autostart: () => call<boolean>("autostart"),
  setAutostart: (enabled) => call<boolean>("set_autostart", { enabled }),
  rebuild: () => call<ConsoleState>("rebuild_copy"),
  wipe: (withUnsent) => call<ConsoleState>("wipe_copy", { withUnsent }),
};

export function createTauriTransport(): Transport {
  return {
    kind: "desktop",
    record,
    machine,
    // A host is needed to build a Request; only its path leaves the page.
    baseUrl: "http://console.invalid",
    fetch: carry,
    state: () => call<ConsoleState>("console_state"),
    decide: ({ approvalId, digest, verdict, scope, reason, passphrase }: Draft) =>
      call<Outcome>("decide", { approvalId, digest, verdict, scope: scope ?? "once", reason, passphrase: passphrase ?? null }),
    enroll: (form) => call<ConsoleState>("enroll", { ...form }),
    outbox: () => call<OutboxItem[]>("outbox"),
    withdraw: (id) => call<void>("withdraw", { id }),
    dismiss: (id) => call<void>("dismiss", { id }),
    subscribe: (listener: (change: Change) => void) =>
      on<{ topics: Topic[] }>("console-changed", ({ topics }) => listener({ topics })),
    onOpenApproval: (listener) => on<{ approvalId: string }>("open-approval", ({ approvalId }) => listener(approvalId)),
  };
}
