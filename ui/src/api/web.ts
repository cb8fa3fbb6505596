/**
 * The web transport: same-origin requests with the HttpOnly cookie, the WebSocket stream, and a device key in this
 * browser. It enrols through the one-time link, holds no outbox, and decides only while it is connected.
 */
import { base64, bypassBytes, bytesToHex, enrollBytes, reasonCommitment, voteBytes, type Vote } from "./canonical";
import { httpOver, need } from "./client";
import { loadKey, makeKey, nextSeq } from "./device-key";
import { ApiError, asApiError } from "./problem";
import { openStream } from "./stream";
import type { Change, Topic, Transport } from "./transport";
import type { BypassStep, BypassView, ConsoleState, Draft, Outcome, SessionView } from "./types";

/** Without any frame of the stream for this long the page is not live, and asks by itself that often. */
export const STALE_AFTER_MS = 30_000;
const CHECK_EVERY_MS = 5_000;

/** What else than the queue an entry of the ledger changes. */
export function topicsOf(kind: string): Topic[] {
  if (kind.startsWith("device_")) return ["state"];
  // A run that ends may have confirmed its stop, or have run under a bypass.
  if (/^(freeze|bypass|envelope)_|^execution_|^spool_/.test(kind)) return ["emergency"];
  if (/^(grant|delegation)_/.test(kind)) return ["rights"];
  return kind === "oncall_changed" ? ["oncall"] : [];
}

export interface WebParts {
  fetch: typeof fetch;
  WebSocket: typeof WebSocket;
  indexedDB: IDBFactory;
  origin: string;
  version: string;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** This machine's clock, milliseconds. */
  wall: () => number;
}

export function createWebTransport(parts: WebParts): Transport {
  /** The request that the others are told is read here. The server forgets it with each connection. */
  let reads: string | null = null;
  const transport = {
    baseUrl: parts.origin,
    fetch: (request: Request) => {
      const id = /\/approvals\/([^/]+)\/presence$/.exec(new URL(request.url).pathname)?.[1];
      if (id !== undefined && request.method === "PUT") reads = id;
      else if (id !== undefined && reads === id) reads = null;
      return parts.fetch(request, { credentials: "same-origin" });
    },
  };
  const http = httpOver(transport);
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => listeners.forEach((listener) => listener(change));

  let session: SessionView | null = null;
  let live = false;
  let lastFrame = parts.monotonic();
  /** The last reading of the server's clock (microseconds) and when it was taken; null before the first. */
  let reading: { serverTime: number; at: number } | null = null;
  let wasStale = false;
  /** When the page last asked by itself, because no frame came; and whether the server answered last. */
  let asked = 0;
  let answered = false;
  let readers: Record<string, string[]> = {};
  let stopStream: (() => void) | null = null;
  let watch: ReturnType<typeof setInterval> | undefined;

  // A server may answer while its stream gets through nowhere: what is shown does not follow it then.
  const isStale = () => stopStream !== null && parts.monotonic() - lastFrame > STALE_AFTER_MS;
  const read = (serverTime: number) => {
    reading = { serverTime, at: parts.monotonic() };
  };

  function follow() {
    if (stopStream || listeners.size === 0 || !session) return;
    const url = `${parts.origin.replace(/^http/, "ws")}/api/governance/stream`;
    lastFrame = parts.monotonic();
    stopStream = openStream(
      { url, WebSocket: parts.WebSocket },
      {
        live(resumed) {
          live = true;
          // Before the stream was open the server took nobody for a reader. That somebody reads is a courtesy: when it
          // cannot be told, nothing is lost.
          const id = reads;
          if (id !== null) void http.PUT("/api/governance/approvals/{id}/presence", { params: { path: { id } } }).catch(() => undefined);
          tell({ topics: resumed ? ["state"] : ["state", "approvals", "emergency", "oncall", "rights"] });
        },
        event(event) {
          lastFrame = parts.monotonic();
          tell({ topics: event.approval ? [] : ["approvals"], approval: event.approval ?? null });
          const topics = topicsOf(event.kind);
          if (topics.length > 0) tell({ topics });
        },
        clock(serverTime) {
          lastFrame = parts.monotonic();
          read(serverTime);
          if (wasStale) tell({ topics: ["state"] });
        },
        reading(now) {
          readers = now;
          tell({ topics: ["state"] });
        },
        down() {
          readers = {};
          if (live) {
            live = false;
            tell({ topics: ["state"] });
          }
        },
      },
    );
    watch = setInterval(() => {
      const stale = isStale();
      if (stale === wasStale && !(stale && parts.monotonic() - asked > STALE_AFTER_MS)) return;
      wasStale = stale;
      asked = parts.monotonic();
      tell({ topics: stale && answered ? ["state", "approvals"] : ["state"] });
    }, CHECK_EVERY_MS);
  }

  function unfollow() {
    clearInterval(watch);
    stopStream?.();
    stopStream = null;
  }

  async function whoAmI(): Promise<SessionView | null> {
    try {
      return await need(http.GET("/api/governance/session"));
    } catch (thrown) {
      const problem = asApiError(thrown);
      if (problem.code === "unauthenticated") return null;
      throw problem;
    }
  }

  function shown(mode: ConsoleState["mode"], online: boolean, lockedCode?: string): ConsoleState {
    const serverTime = reading ? reading.serverTime + (parts.monotonic() - reading.at) * 1000 : parts.wall() * 1000;
    return {
      mode,
      online,
      stale: isStale(),
      last_sync_at: reading?.serverTime ?? null,
      unsent: 0,
      server_time: serverTime,
      clock_offset_ms: parts.wall() - serverTime / 1000,
      user: session?.user ?? null,
      role: session?.role ?? null,
      device: session?.device ?? null,
      integrity: null,
      reading: readers,
      locked_code: lockedCode ?? null,
      version: parts.version,
    };
  }

  async function state(): Promise<ConsoleState> {
    const known = session;
    try {
      session = await whoAmI();
    } catch (thrown) {
      if (!known) throw thrown;
      answered = false;
      return shown("ready", false);
    }
    if (!session) {
      unfollow();
      return shown("enroll", true);
    }
    answered = true;
    read(session.server_time);
    const key = await loadKey(parts.indexedDB);
    if (!key || key.publicKey !== session.device?.vote_key) {
      return shown("locked", true, "web_key_gone");
    }
    follow();
    return shown("ready", true);
  }

  async function enroll(invite: string, name: string): Promise<ConsoleState> {
    const { key, keep } = await makeKey();
    const proof = base64(await key.sign(enrollBytes(invite, key.publicKey)));
    const body = { invite, name, class: "web", shared: false, vote_key: key.publicKey, proof };
    await need(http.POST("/api/governance/devices", { body }));
    await keep(parts.indexedDB);
    return state();
  }

  async function sign(draft: Draft, who: SessionView) {
    const key = await loadKey(parts.indexedDB);
    if (!key) throw new ApiError("forbidden", "This browser has no key. Enrol it again.");
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    const vote: Vote = {
      v: 1,
      origin: who.origin,
      org: who.org,
      approval_id: draft.approvalId,
      digest: draft.digest,
      policy_hash: draft.policyHash,
      verdict: draft.verdict,
      scope: draft.scope ?? "once",
      reason_commitment: reasonCommitment(nonce, draft.reason),
      surface: "web",
      key_id: key.keyId,
      device_seq: await nextSeq(parts.indexedDB, who.device?.last_seq ?? 0),
      made_at: Math.round(parts.wall() * 1000),
    };
    const bytes = voteBytes(vote);
    return {
      vote: base64(bytes),
      signature: base64(await key.sign(bytes)),
      reason: draft.reason,
      reason_nonce: bytesToHex(nonce),
      ...(draft.forUser === undefined ? {} : { for_user: draft.forUser }),
    };
  }

  /** The review of a bypass: the one step that takes no step-up key. */
  async function review(step: BypassStep): Promise<BypassView> {
    if (step.step !== "review") throw new ApiError("step_up_required", "A browser has no step-up key.");
    session = (await whoAmI()) ?? session;
    if (!session) throw new ApiError("unauthenticated", "You are signed out.");
    const key = await loadKey(parts.indexedDB);
    if (!key) throw new ApiError("forbidden", "This browser has no key. Enrol it again.");
    const bytes = bypassBytes({
      v: 1,
      origin: session.origin,
      org: session.org,
      act: "review",
      bypass_id: step.id,
      finding: step.finding.trim(),
      key_id: key.keyId,
      device_seq: await nextSeq(parts.indexedDB, session.device?.last_seq ?? 0),
      made_at: Math.round(parts.wall() * 1000),
    });
    const body = { statement: base64(bytes), signature: base64(await key.sign(bytes)) };
    const params = { path: { id: step.id } };
    return need(http.POST("/api/governance/bypass/{id}/review", { params, headers: { "Idempotency-Key": crypto.randomUUID() }, body }));
  }

  async function decide(draft: Draft): Promise<Outcome> {
    session = (await whoAmI()) ?? session;
    if (!session) throw new ApiError("unauthenticated", "You are signed out.");
    const body = await sign(draft, session);
    const params = { path: { id: draft.approvalId } };
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const send = () => need(http.POST("/api/governance/approvals/{id}", { params, headers, body }));
    try {
      // The same key with the same bytes is safe to repeat once when the answer was lost.
      const answer = await send().catch((thrown: unknown) => {
        if (asApiError(thrown).code === "unreachable") return send();
        throw thrown;
      });
      tell({ topics: [], approval: answer.approval });
      return { state: "recorded", ledgerIndex: answer.ledger_index, approval: answer.approval };
    } catch (thrown) {
      const problem = asApiError(thrown);
      if (problem.code === "unreachable") throw problem;
      tell({ topics: ["approvals"] });
      return { state: "refused", code: problem.code, message: problem.message };
    }
  }

  return {
    kind: "web",
    ...transport,
    bypass: { canRaise: false, sign: review },
    state,
    decide,
    enroll: (form) => enroll(form.invite ?? "", form.name),
    outbox: () => Promise.resolve([]),
    withdraw: () => Promise.reject(new ApiError("not_found", "The web page keeps no unsent votes.")),
    dismiss: () => Promise.reject(new ApiError("not_found", "The web page keeps no unsent votes.")),
    subscribe(listener) {
      listeners.add(listener);
      follow();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) unfollow();
      };
    },
    onOpenApproval: () => () => undefined,
  };
}
