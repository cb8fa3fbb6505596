/**
 * The desktop transport: every call goes to the console process over Tauri's IPC. The only file that may import Tauri.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { asApiError } from "./problem";
import type {
  Answered,
  BypassSigner,
  Change,
  Glass,
  HeldRejects,
  KeptRecord,
  Machine,
  RevokeOrders,
  Stop,
  StopOrders,
  TestNotification,
  Topic,
  Transport,
} from "./transport";
import type {
  BypassView,
  Compared,
  ConsoleState,
  CopyStatus,
  Diagnostics,
  Draft,
  EnvelopeView,
  GrantRevoke,
  HeldReject,
  MachineSettings,
  NotifyPreferences,
  Ordered,
  OutboxItem,
  Outcome,
  RecordStatus,
  Revoked,
  ServerSeen,
  Step,
  StopOrder,
  Verification,
} from "./types";

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
  save: (wish) => call("export_record", { wish }),
  choose: (name) => call<string | null>("choose_file", { name }),
  saveFound: (format, path) => call<string>("export_verification", { format, path }),
  compare: (text) => call<Compared>("compare_head", { text }),
  onDrop: (listener) => on<{ paths: string[] }>("tauri://drag-drop", ({ paths }) => listener(paths)),
};

const stops: StopOrders = {
  list: () => call<StopOrder[]>("stop_orders"),
  stop: (wish) => call<Ordered>("stop_agents", { request: wish }),
  withdraw: (id) => call<void>("withdraw_stop", { id }),
  dismiss: (id) => call<void>("dismiss_stop", { id }),
};

const held: HeldRejects = {
  list: () => call<HeldReject[]>("held_rejects"),
  undo: (approvalId) => call<void>("undo_reject", { approvalId }),
};

const revokes: RevokeOrders = {
  list: () => call<GrantRevoke[]>("grant_revokes"),
  revoke: (id) => call<Revoked>("revoke_grant", { id }),
  withdraw: (id) => call<void>("withdraw_revoke", { id }),
  dismiss: (id) => call<void>("dismiss_revoke", { id }),
};

const bypass: BypassSigner = {
  canRaise: true,
  sign: (step, passphrase) => call<BypassView>("bypass_step", { step, passphrase: passphrase ?? null }),
};

const machine: Machine = {
  autostart: () => call<boolean>("autostart"),
  setAutostart: (enabled) => call<boolean>("set_autostart", { enabled }),
  rebuild: () => call<ConsoleState>("rebuild_copy"),
  wipe: (withUnsent) => call<ConsoleState>("wipe_copy", { withUnsent }),
  examine: (where) => call<ServerSeen>("examine_server", { ...where }),
  settings: () => call<MachineSettings>("machine_settings"),
  keepSettings: (change) => call<MachineSettings>("keep_machine_settings", { ...change }),
  preferences: () => call<string | null>("page_preferences"),
  keepPreferences: (text) => call<void>("keep_page_preferences", { text }),
  diagnostics: () => call<Diagnostics>("diagnostics"),
  copy: () => call<CopyStatus>("copy_status"),
  notifyPreferences: () => call<NotifyPreferences>("notify_preferences"),
  keepNotifyPreferences: (preferences) => call<NotifyPreferences>("set_notify_preferences", { preferences }),
  testSignature: (passphrase) => call<{ vote: boolean; stepUp: boolean | null }>("test_signature", { passphrase }),
  testNotification: () => call<TestNotification>("test_notification"),
  newerVersion: () => call<{ version: string; notes: string } | null>("newer_version"),
  installUpdate: () => call<void>("install_update"),
};

const glass: Glass = {
  challenged: (challenge) => call<EnvelopeView>("challenged_envelope", { challenge }),
  answer: (form) => call<Answered>("answer_challenge", { ...form }),
};

export function createTauriTransport(): Transport {
  return {
    kind: "desktop",
    record,
    machine,
    stops,
    held,
    revokes,
    bypass,
    glass,
    // A host is needed to build a Request; only its path leaves the page.
    baseUrl: "http://console.invalid",
    fetch: carry,
    state: () => call<ConsoleState>("console_state"),
    decide: ({ scope, passphrase, ...shown }: Draft) =>
      call<Outcome>("decide", { ...shown, scope: scope ?? "once", passphrase: passphrase ?? null }),
    enroll: (form) => call<ConsoleState>("enroll", { ...form }),
    outbox: () => call<OutboxItem[]>("outbox"),
    withdraw: (id) => call<void>("withdraw", { id }),
    dismiss: (id) => call<void>("dismiss", { id }),
    subscribe: (listener: (change: Change) => void) =>
      on<{ topics: Topic[] }>("console-changed", ({ topics }) => listener({ topics })),
    onOpenApproval: (listener) => on<{ approvalId: string }>("open-approval", ({ approvalId }) => listener(approvalId)),
  };
}
