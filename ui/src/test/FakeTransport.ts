/** A transport with a server in memory: answers requests, keeps what was decided, and can push changes. */
import type { components } from "../api/schema.gen";
import type { BypassSigner, Change, Glass, HeldRejects, KeptRecord, Machine, RevokeOrders, Stop, StopOrders, Transport } from "../api/transport";
import type { ApprovalView, AuditEntry, ConsoleState, Draft, Enrollment, OutboxItem, Outcome } from "../api/types";
import { bypassList, consoleState } from "./fixtures";

/** One call, as an answer of [`FakeTransport.on`] gets it. */
export interface Call {
  pathname: string;
  query: URLSearchParams;
  body: unknown;
}

/** Thrown by an answer: the server refuses. */
export class FakeProblem extends Error {
  constructor(readonly body: { status: number; code: string; detail: string } & Record<string, unknown>) {
    super(body.detail);
  }
}

export class FakeTransport implements Transport {
  readonly baseUrl = "http://fake.invalid";
  kind: "desktop" | "web" = "desktop";
  console: ConsoleState = consoleState();
  approvals = new Map<string, ApprovalView>();
  items: OutboxItem[] = [];
  drafts: Draft[] = [];
  enrollments: Enrollment[] = [];
  withdrawn: string[] = [];
  dismissed: string[] = [];
  /** What `decide` answers; may throw. */
  answer: (draft: Draft) => Outcome | Promise<Outcome> = () => ({ state: "recorded", ledgerIndex: 1234 });
  enrolled: () => ConsoleState = () => consoleState();
  /** When set, every API request fails with this status and code. */
  failure: { status: number; code: string; detail: string } | null = null;
  /** Presence, claims and snoozes that were sent: method, approval and what. */
  acts: string[] = [];
  /** The record, oldest first. */
  entries: AuditEntry[] = [];
  /** What the record was asked for, newest last. */
  asked: string[] = [];
  record?: KeptRecord;
  machine?: Machine;
  stops?: StopOrders;
  held?: HeldRejects;
  revokes?: RevokeOrders;
  /** Who votes for whom. */
  delegations: components["schemas"]["DelegationView"][] = [];
  glass?: Glass;
  bypass: BypassSigner = { canRaise: true, sign: () => Promise.reject(new Error("no bypass is signed in this test")) };
  readonly #routes: { method: string; path: RegExp; answer: (call: Call) => unknown }[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #openers = new Set<(id: string) => void>();

  constructor(...approvals: ApprovalView[]) {
    for (const a of approvals) this.approvals.set(a.id, a);
  }

  /** Answers a call of the API: with JSON, or with the status and body of a `FakeProblem` thrown. The newest wins. */
  on(method: string, path: RegExp, answer: (call: Call) => unknown): this {
    this.#routes.unshift({ method, path, answer });
    return this;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (this.failure) return this.#json({ ...this.failure, type: "", title: "" }, this.failure.status);
    const route = this.#routes.find(({ method, path }) => method === request.method && path.test(pathname));
    if (route) {
      const text = await request.text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      try {
        return await this.#json(await route.answer({ pathname, query: searchParams, body }));
      } catch (thrown) {
        if (thrown instanceof FakeProblem) return this.#json({ type: "", title: "", ...thrown.body }, thrown.body.status);
        throw thrown;
      }
    }
    const [, on, act] = /\/approvals\/([\w-]+)\/(presence|claim|snooze)$/.exec(pathname) ?? [];
    if (on !== undefined && act !== undefined) return this.#act(request, on, act);
    if (pathname.endsWith("/delegations")) return this.#json(this.delegations);
    if (pathname.endsWith("/freeze")) return this.#json([]);
    if (pathname.endsWith("/bypass")) return this.#json(bypassList());
    if (pathname.endsWith("/precedents")) {
      return this.#json({ items: [], compared: 0, more: false, server_time: this.console.server_time });
    }
    if (pathname.endsWith("/background")) return this.#json({ server_time: this.console.server_time });
    if (pathname.includes("/audit")) return this.#record(pathname, searchParams);
    const id = /\/approvals\/([\w-]+)$/.exec(pathname)?.[1];
    if (id === undefined) {
      const status = searchParams.get("status");
      const items = [...this.approvals.values()].filter((a) => status === "all" || a.status === (status ?? "pending"));
      return this.#json({ items, as_of: "e:1", server_time: this.console.server_time });
    }
    const found = this.approvals.get(id);
    return found ? this.#json(found) : this.#json({ code: "not_found", detail: `No approval ${id}.` }, 404);
  }

  /** What people do beside voting, as the server does it for `alice`. */
  async #act(request: Request, id: string, act: string): Promise<Response> {
    this.acts.push(`${request.method} ${id} ${act}`);
    if (act === "presence") return new Response(null, { status: 204 });
    const known = this.approvals.get(id);
    if (!known) return this.#json({ code: "not_found", detail: `No approval ${id}.` }, 404);
    const text = await request.text();
    const { until, take_over } = (text === "" ? {} : JSON.parse(text)) as { until?: number; take_over?: boolean };
    const user = this.console.user ?? "";
    if (act === "claim" && known.claimed_by && known.claimed_by.user !== user && take_over !== true) {
      return this.#json({ code: "claimed", detail: `${known.claimed_by.user} looks at it already.` }, 409);
    }
    const begins = request.method === "POST";
    const change: Partial<ApprovalView> =
      act === "snooze" ? { snoozed_until: begins ? until : null } : { claimed_by: begins ? { user, at: this.console.server_time } : null };
    const next = { ...known, ...change, version: known.version + 1 };
    this.approvals.set(id, next);
    return this.#json(next);
  }

  /** Pages of three, as the server pages; filters by kind and words in the leaf. */
  #record(pathname: string, query: URLSearchParams): Promise<Response> {
    const action = /\/audit\/([\w-]+)$/.exec(pathname)?.[1];
    if (action !== undefined) {
      const entries = this.entries.filter((e) => e.subject === action || e.links["action_id"] === action);
      return this.#json({ action_id: action, entries });
    }
    this.asked.push(query.toString());
    const index = query.get("index");
    if (index !== null) {
      const items = this.entries.filter((e) => e.index === Number(index));
      return this.#json({ items, as_of: "e:1", server_time: this.console.server_time });
    }
    const kind = query.get("kind");
    const found = this.entries
      .toReversed()
      .filter((e) => (kind === null || e.kind === kind) && (e.payload ?? "").includes(query.get("q") ?? ""));
    const from = Number(query.get("cursor") ?? 0);
    const next = from + 3 < found.length ? String(from + 3) : null;
    return this.#json({ items: found.slice(from, from + 3), next_cursor: next, as_of: "e:1", server_time: this.console.server_time });
  }

  #json(body: unknown, status = 200): Promise<Response> {
    return Promise.resolve(
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } }),
    );
  }

  state = () => Promise.resolve(this.console);

  async decide(draft: Draft): Promise<Outcome> {
    this.drafts.push(draft);
    return this.answer(draft);
  }

  enroll(form: Enrollment): Promise<ConsoleState> {
    this.enrollments.push(form);
    this.console = this.enrolled();
    return Promise.resolve(this.console);
  }

  outbox = () => Promise.resolve(this.items);

  withdraw(id: string): Promise<void> {
    this.withdrawn.push(id);
    this.items = this.items.filter((item) => item.id !== id);
    return Promise.resolve();
  }

  dismiss(id: string): Promise<void> {
    this.dismissed.push(id);
    this.items = this.items.filter((item) => item.id !== id);
    return Promise.resolve();
  }

  subscribe(listener: (change: Change) => void): Stop {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onOpenApproval(listener: (id: string) => void): Stop {
    this.#openers.add(listener);
    return () => this.#openers.delete(listener);
  }

  /** The server's copy changes and everybody hears of it. */
  push(approval: ApprovalView): void {
    this.approvals.set(approval.id, approval);
    for (const listener of this.#listeners) listener({ topics: [], approval });
  }

  /** Only the event: the server's copy may say more. */
  announce(approval: ApprovalView): void {
    for (const listener of this.#listeners) listener({ topics: [], approval });
  }

  tell(...topics: Change["topics"]): void {
    for (const listener of this.#listeners) listener({ topics });
  }

  open(id: string): void {
    for (const opener of this.#openers) opener(id);
  }
}
