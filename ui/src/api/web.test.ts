/** The web transport against a server in memory that checks proofs, cookies' effect and signatures as the real one does. */
import { IDBFactory } from "fake-indexeddb";
import { webcrypto } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { approval, device, NOW } from "../test/fixtures";
import { FakeWebSocket } from "../test/FakeWebSocket";
import { createApi } from "./client";
import { enrollBytes, hexToBytes, keyId, reasonCommitment, type Vote } from "./canonical";
import type { Change } from "./transport";
import type { SessionView, VoteRequest } from "./types";
import { STALE_AFTER_MS, createWebTransport } from "./web";

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

async function verifies(publicKey: string, message: Uint8Array<ArrayBuffer>, signature: string): Promise<boolean> {
  const key = await webcrypto.subtle.importKey("raw", new Uint8Array(hexToBytes(publicKey)), "Ed25519", false, ["verify"]);
  return webcrypto.subtle.verify("Ed25519", key, bytes(signature), message);
}

class Server {
  session: SessionView | null = null;
  view = approval({ level: "medium" });
  proofs: boolean[] = [];
  /** Who reads what was said: method and request. */
  presence: string[] = [];
  posts: { body: VoteRequest; idempotencyKey: string | null }[] = [];
  refuse: { status: number; code: string } | null = null;
  /** How many of the next requests get no answer. */
  silent = 0;

  fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const { pathname } = new URL(request.url);
    if (this.silent > 0) {
      this.silent -= 1;
      if (request.method === "POST") this.posts.push(await this.#post(request));
      throw new TypeError("Failed to fetch");
    }
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    if (pathname.endsWith("/devices")) {
      const body = (await request.json()) as { invite: string; vote_key: string; proof: string; name: string };
      this.proofs.push(await verifies(body.vote_key, enrollBytes(body.invite, body.vote_key), body.proof));
      const made = device({ class: "web", vote_key: body.vote_key, step_up_key: null, ceiling: "medium", name: body.name });
      this.session = { org: "acme", user: "alice", role: "approver", device: made, origin: "navi-governance/acme/0a", ledger_vkey: "k", server_time: NOW };
      return json({ device: made, token: "", org: "acme", role: "approver", origin: "o", ledger_vkey: "k" }, 201);
    }
    if (!this.session) return json({ code: "unauthenticated" }, 401);
    if (pathname.endsWith("/session")) return json(this.session);
    const read = /\/approvals\/([^/]+)\/presence$/.exec(pathname)?.[1];
    if (read !== undefined) {
      this.presence.push(`${request.method} ${read}`);
      return new Response(null, { status: 204 });
    }
    this.posts.push(await this.#post(request));
    if (this.refuse) return json({ ...this.refuse, detail: "no" }, this.refuse.status);
    return json({ approval: { ...this.view, status: "approved", version: 2 }, ledger_index: 77 });
  };

  async #post(request: Request) {
    return { body: (await request.json()) as VoteRequest, idempotencyKey: request.headers.get("Idempotency-Key") };
  }
}

describe("web transport", () => {
  let server: Server;
  let indexedDB: IDBFactory;
  /** By how much the monotonic clock was put on. */
  let clock = { ms: 0 };
  const open = () =>
    createWebTransport({
      fetch: server.fetch as typeof fetch,
      WebSocket: FakeWebSocket.constructorType(),
      indexedDB,
      origin: "http://navi.test",
      version: "0.1.0",
      monotonic: () => performance.now() + clock.ms,
      wall: () => NOW / 1000,
    });
  const enrolled = async () => {
    const transport = open();
    await transport.enroll({ invite: "nvi_x", name: "Chrome on Linux", shared: false });
    return transport;
  };
  const draft = () => ({
    approvalId: server.view.id,
    digest: server.view.digest,
    policyHash: server.view.policy_hash,
    verdict: "approve" as const,
    reason: "looks „right“",
  });

  beforeEach(() => {
    server = new Server();
    indexedDB = new IDBFactory();
    clock = { ms: 0 };
  });

  it("is not live while no frame of the stream comes, whatever the server answers, and reads by itself then", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const transport = await enrolled();
      const told: Change[] = [];
      transport.subscribe((change) => told.push(change));
      expect(await transport.state()).toMatchObject({ online: true, stale: false });
      clock.ms += STALE_AFTER_MS + 1;
      vi.advanceTimersByTime(STALE_AFTER_MS);
      expect(told.flatMap(({ topics }) => topics)).toEqual(["state", "approvals"]);
      expect(await transport.state()).toMatchObject({ online: true, stale: true });
      clock.ms += STALE_AFTER_MS + 1;
      vi.advanceTimersByTime(STALE_AFTER_MS);
      expect(told).toHaveLength(2);
      FakeWebSocket.last.send({ frame: "hello", epoch: "e", head: 1, server_time: NOW });
      expect(await transport.state()).toMatchObject({ online: true, stale: false });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not enrolled before the link, and ready after it", async () => {
    const transport = open();
    expect((await transport.state()).mode).toBe("enroll");
    const state = await transport.enroll({ invite: "nvi_x", name: "Chrome on Linux", shared: false });
    expect(state).toMatchObject({ mode: "ready", user: "alice", role: "approver", online: true });
    expect(server.proofs).toEqual([true]);
  });

  it("signs exactly what was shown, and gives the reason its commitment", async () => {
    const transport = await enrolled();
    const outcome = await transport.decide(draft());
    expect(outcome).toMatchObject({ state: "recorded", ledgerIndex: 77, approval: { status: "approved" } });

    const { body } = server.posts[0] ?? {};
    if (!body) throw new Error("no vote arrived");
    const publicKey = server.session?.device?.vote_key ?? "";
    expect(await verifies(publicKey, bytes(body.vote), body.signature)).toBe(true);
    const text = new TextDecoder().decode(bytes(body.vote));
    const vote = JSON.parse(text.slice("navi/vote/v1\n".length)) as Vote;
    expect(vote).toEqual({
      v: 1,
      origin: "navi-governance/acme/0a",
      org: "acme",
      approval_id: server.view.id,
      digest: server.view.digest,
      policy_hash: server.view.policy_hash,
      verdict: "approve",
      scope: "once",
      reason_commitment: reasonCommitment(hexToBytes(body.reason_nonce), "looks „right“"),
      surface: "web",
      key_id: keyId(hexToBytes(publicKey)),
      device_seq: 1,
      made_at: NOW,
    });
  });

  it("never uses a sequence number twice, and starts above the server's", async () => {
    const transport = await enrolled();
    if (server.session?.device) server.session.device.last_seq = 40;
    await transport.decide(draft());
    await transport.decide(draft());
    const seqs = server.posts.map(({ body }) => {
      const text = new TextDecoder().decode(bytes(body.vote)).split("\n")[1] ?? "";
      return (JSON.parse(text) as Vote).device_seq;
    });
    expect(seqs).toEqual([41, 42]);
  });

  it("hands a refusal over with its code", async () => {
    const transport = await enrolled();
    server.refuse = { status: 409, code: "already_decided" };
    expect(await transport.decide(draft())).toMatchObject({ state: "refused", code: "already_decided" });
  });

  it("repeats a vote whose answer was lost once, with the same bytes and key", async () => {
    const transport = await enrolled();
    await transport.state();
    const real = server.fetch;
    let lost = false;
    server.fetch = (input) => {
      if (!lost && (input as Request).method === "POST") {
        lost = true;
        server.silent = 1;
      }
      return real(input);
    };
    const again = open();
    expect(await again.decide(draft())).toMatchObject({ state: "recorded" });
    expect(server.posts).toHaveLength(2);
    expect(server.posts[0]).toEqual(server.posts[1]);
    expect(server.posts[0]?.idempotencyKey).toBeTruthy();
  });

  it("says that it does not know when no answer comes at all", async () => {
    const transport = await enrolled();
    await transport.state();
    server.silent = 9;
    await expect(transport.decide(draft())).rejects.toMatchObject({ code: "unreachable" });
  });

  it("is locked when the browser lost its key", async () => {
    await enrolled();
    indexedDB = new IDBFactory();
    expect((await open().state()).mode).toBe("locked");
  });

  it("keeps its key over a reload, and shows what it knows when the server is gone", async () => {
    const transport = await enrolled();
    expect((await open().state()).mode).toBe("ready");
    server.silent = 1;
    expect(await transport.state()).toMatchObject({ mode: "ready", online: false });
  });

  it("makes a key that cannot be exported", async () => {
    await enrolled();
    const database = await new Promise<IDBDatabase>((resolve) => {
      const asked = indexedDB.open("navi-device");
      asked.addEventListener("success", () => resolve(asked.result as unknown as IDBDatabase));
    });
    const stored = await new Promise<{ privateKey: CryptoKey }>((resolve) => {
      const asked = database.transaction("keys").objectStore("keys").get("vote");
      asked.addEventListener("success", () => resolve(asked.result as { privateKey: CryptoKey }));
    });
    expect(stored.privateKey.extractable).toBe(false);
  });

  it("says so when the browser cannot make a key, and uses no invite up", async () => {
    vi.spyOn(crypto.subtle, "generateKey").mockRejectedValue(new DOMException("no", "NotSupportedError"));
    const enrolling = open().enroll({ invite: "nvi_x", name: "Old browser", shared: false });
    await expect(enrolling).rejects.toMatchObject({ code: "no_key_support" });
    expect(server.proofs).toEqual([]);
  });

  it("passes stream events on, and reads everything again after a gap it cannot fill", async () => {
    const transport = await enrolled();
    const changes: Change[] = [];
    const stop = transport.subscribe((change) => changes.push(change));
    FakeWebSocket.last.send({ frame: "hello", epoch: "e", head: 5, server_time: NOW });
    expect(changes).toEqual([{ topics: ["state", "approvals", "emergency", "oncall", "rights"] }]);
    FakeWebSocket.last.send({ frame: "event", seq: 5, prev_seq: 4, kind: "approval_requested", subject: "a", approval: server.view });
    expect(changes.at(-1)?.approval?.id).toBe(server.view.id);
    stop();
  });

  it("says again who reads whenever the stream opens, and not who no longer does", async () => {
    const transport = await enrolled();
    const stop = transport.subscribe(() => undefined);
    const { reading } = createApi(transport);
    // The stream is not open yet: the server takes nobody for a reader.
    await reading("a1", true);
    FakeWebSocket.last.send({ frame: "hello", epoch: "e", head: 5, server_time: NOW });
    await vi.waitFor(() => expect(server.presence).toEqual(["PUT a1", "PUT a1"]));
    await reading("a2", true);
    await reading("a1", false);
    FakeWebSocket.last.close();
    await vi.waitFor(() => expect(FakeWebSocket.all).toHaveLength(2), { timeout: 20_000 });
    FakeWebSocket.last.send({ frame: "hello", epoch: "e", head: 5, server_time: NOW });
    await vi.waitFor(() => expect(server.presence).toEqual(["PUT a1", "PUT a1", "PUT a2", "DELETE a1", "PUT a2"]));
    await reading("a2", false);
    FakeWebSocket.last.send({ frame: "hello", epoch: "e", head: 5, server_time: NOW });
    expect(server.presence.at(-1)).toBe("DELETE a2");
    stop();
  });
});
