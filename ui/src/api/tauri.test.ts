/** The desktop transport against a console process that is only its IPC contract. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { approval, consoleState } from "../test/fixtures";
import { createApi } from "./client";
import { createTauriTransport } from "./tauri";

type Args = Record<string, unknown>;
type Handler = (event: { payload: unknown }) => void;

/** Tauri's page-side contract: `invoke` and callbacks by number. */
class Ipc {
  readonly calls: [command: string, args: Args][] = [];
  readonly callbacks: Handler[] = [];
  readonly handlers = new Map<string, Handler>();
  answers: Record<string, (args: Args) => unknown> = {};

  invoke = (command: string, args: Args = {}): Promise<unknown> => {
    if (command === "plugin:event|listen") {
      const handler = this.callbacks[args["handler"] as number];
      if (handler) this.handlers.set(args["event"] as string, handler);
      return Promise.resolve(1);
    }
    if (command === "plugin:event|unlisten") return Promise.resolve();
    this.calls.push([command, args]);
    const answer = this.answers[command];
    return answer ? Promise.resolve().then(() => answer(args)) : Promise.reject({ code: "unknown", message: command });
  };

  transformCallback = (callback: Handler): number => this.callbacks.push(callback) - 1;
}

describe("desktop transport", () => {
  let ipc: Ipc;
  beforeEach(() => {
    ipc = new Ipc();
    vi.stubGlobal("__TAURI_INTERNALS__", ipc);
    vi.stubGlobal("__TAURI_EVENT_PLUGIN_INTERNALS__", { unregisterListener: (event: string) => ipc.handlers.delete(event) });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("reads lists and single approvals by the server's paths", async () => {
    const view = approval();
    ipc.answers["api_request"] = ({ path }) =>
      String(path).includes("?")
        ? { status: 200, body: { items: [view], as_of: "", server_time: 1 } }
        : { status: 200, body: view };
    const client = createApi(createTauriTransport());
    expect(await client.approvals()).toEqual([view]);
    expect(await client.approval(view.id)).toEqual(view);
    expect(ipc.calls.map(([, args]) => args)).toEqual([
      { method: "GET", path: "/api/governance/approvals?status=pending&limit=500" },
      { method: "GET", path: "/api/governance/approvals?status=all&limit=500" },
      { method: "GET", path: `/api/governance/approvals/${view.id}` },
    ]);
  });

  it("verifies the kept record, hears how far it is, and stops listening", async () => {
    const found = { verdict: "whole", headline: "Whole" };
    ipc.answers["verify_record"] = () => {
      ipc.handlers.get("verification")?.({ payload: { done: 1, total: 2 } });
      return found;
    };
    const steps: unknown[] = [];
    const kept = createTauriTransport().record;
    expect(await kept?.verify({ path: "/b.navi" }, (step) => steps.push(step))).toEqual(found);
    expect(steps).toEqual([{ done: 1, total: 2 }]);
    expect(ipc.calls[0]).toEqual(["verify_record", { file: "/b.navi", vkey: null }]);
    await vi.waitFor(() => expect(ipc.handlers.has("verification")).toBe(false));
  });

  it("turns a problem into its code", async () => {
    ipc.answers["api_request"] = () => ({ status: 503, body: { code: "unavailable", detail: "offline", request_id: "r1" } });
    const asked = createApi(createTauriTransport()).approval("a");
    await expect(asked).rejects.toMatchObject({ code: "unavailable", message: "offline", requestId: "r1" });
  });

  it("sends a body as JSON and takes an empty answer", async () => {
    ipc.answers["api_request"] = () => ({ status: 204, body: null });
    const request = new Request("http://console.invalid/api/governance/x", { method: "POST", body: '{"a":1}' });
    expect((await createTauriTransport().fetch(request)).status).toBe(204);
    expect(ipc.calls[0]).toEqual(["api_request", { method: "POST", path: "/api/governance/x", body: { a: 1 } }]);
  });

  it("decides with what the console needs and nothing more", async () => {
    ipc.answers["decide"] = () => ({ state: "queued" });
    const draft = { approvalId: "a", digest: "d", policyHash: "p", verdict: "approve" as const, reason: "" };
    expect(await createTauriTransport().decide(draft)).toEqual({ state: "queued" });
    expect(ipc.calls[0]).toEqual(["decide", { approvalId: "a", digest: "d", policyHash: "p", verdict: "approve", scope: "once", reason: "", passphrase: null }]);
  });

  it("hands a refused command over with its code", async () => {
    ipc.answers["enroll"] = () => {
      throw { code: "no_keyring", message: "no Secret Service" };
    };
    const enrolling = createTauriTransport().enroll({ invite: "nvi_1", name: "x", shared: true });
    await expect(enrolling).rejects.toMatchObject({ name: "ApiError", code: "no_keyring" });
  });

  it("reads state and outbox, and passes on what the console tells", async () => {
    ipc.answers = { console_state: () => consoleState(), outbox: () => [], withdraw: () => null, dismiss: () => null };
    const transport = createTauriTransport();
    expect((await transport.state()).mode).toBe("ready");
    expect(await transport.outbox()).toEqual([]);
    await transport.withdraw("1");
    await transport.dismiss("2");
    expect(ipc.calls.slice(2)).toEqual([["withdraw", { id: "1" }], ["dismiss", { id: "2" }]]);

    const heard: unknown[] = [];
    transport.subscribe((change) => heard.push(change));
    transport.onOpenApproval((id) => heard.push(id));
    await vi.waitFor(() => expect(ipc.handlers.size).toBe(2));
    ipc.handlers.get("console-changed")?.({ payload: { topics: ["outbox"] } });
    ipc.handlers.get("open-approval")?.({ payload: { approvalId: "a" } });
    expect(heard).toEqual([{ topics: ["outbox"] }, "a"]);
  });
});
