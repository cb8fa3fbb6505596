// Asks Navi Governance before a tool runs: evaluate, wait for people, redeem the permit, run, report the end.
//
// Copy this file beside your agent. It needs nothing but `fetch` (Node.js 22 or newer), and NAVI_URL and NAVI_TOKEN
// (a token of role `agent`) in the environment.
//
//   const gate = new Gate(describe);
//   const result = await gate.run("run_shell", { command: "make test" }, () => runShell("make test"), { callId: "1" });
//
// Whatever is not a clear permission throws `Refused`, whose message is written for the agent: who refused, why, what would
// do instead, and whether trying again helps. An unreachable server, a time-out and an answer that makes no sense are
// refusals. It does not observe what a tool touches; `navi-gate run` does.

const API = "/api/governance";
const CALL_SECS = 10; // one ordinary call
const LOOK_SECS = 25; // one look at a request that waits; the server allows 60
const GRACE_SECS = 5; // the server's own word that time is over comes first
const TRIES = 20;
const PASSING = ["away", "busy", "unavailable", "version_conflict", "frozen"];

/** What a tool does: an action type the server knows, and what belongs to it (`command`, `environment`, `repo` ...). */
export type Describe = (tool: string, args: unknown) => [actionType: string, more: Record<string, unknown>];

export interface CallOptions {
  /** The framework's id of this call. */
  callId?: string;
  /** Names the conversation, where a gate serves several: what people rejected is remembered for it. */
  session?: string;
  /** Ends the wait; the request is withdrawn then. */
  signal?: AbortSignal | undefined;
}

type Answer = Record<string, unknown>;

/** Nothing ran. The message is what the agent should read. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;
  readonly #lines: string;

  constructor(code: string, by: string, reason: string, instead: string, again: string) {
    super();
    this.code = code;
    this.#lines = `Refused by: ${by}\nReason: ${reason}\nWhat would be acceptable: ${instead}\nTrying again: ${again}`;
    this.of("a call");
  }

  /** The same, naming what was refused. */
  of(tool: string): this {
    this.message = `[navi] Not allowed, and nothing ran: ${tool}\n${this.#lines}`;
    return this;
  }
}

/** A call without the answer it should have had: none came (`away`), the server refused (its code), or nonsense. */
class Failed extends Error {
  readonly code: string;

  constructor(code: string, why: string) {
    super(why);
    this.code = code;
  }

  get isPassing(): boolean {
    return PASSING.includes(this.code);
  }
}

/** Speaks to one server, for one conversation of one agent. A type of action that the server does not know asks a person. */
export class Gate {
  readonly #describe: Describe;
  readonly #url: string;
  readonly #token: string;
  readonly #waitSecs: number;
  readonly #session: string;

  constructor(describe: Describe, options: { waitSecs?: number; session?: string } = {}) {
    this.#describe = describe;
    this.#url = (process.env["NAVI_URL"] ?? "").replace(/\/+$/, "");
    this.#token = process.env["NAVI_TOKEN"] ?? "";
    if (!/^https?:\/\/[^@]+$/.test(this.#url) || !/^[!-~]+$/.test(this.#token)) {
      throw new Error("set NAVI_URL (http:// or https://, no password) and NAVI_TOKEN (a token of role agent)");
    }
    this.#waitSecs = options.waitSecs ?? Number(process.env["NAVI_WAIT_SECS"] ?? 900);
    if (!Number.isInteger(this.#waitSecs) || this.#waitSecs < 1) throw new Error("NAVI_WAIT_SECS is no number of seconds");
    this.#session = options.session ?? crypto.randomUUID();
  }

  /** Runs one call of a tool, once, if it may; throws `Refused` where it may not. */
  async run<T>(tool: string, args: unknown, act: () => T | PromiseLike<T>, options: CallOptions = {}): Promise<T> {
    const executionId = await this.#permitted(tool, args, options);
    let status = "failed";
    try {
      options.signal?.throwIfAborted();
      const result = await act();
      status = "succeeded";
      return result;
    } finally {
      // A call that was given up may have done all of it, or nothing.
      await this.#report(executionId, status === "failed" && options.signal?.aborted ? "unknown" : status);
    }
  }

  async #permitted(tool: string, args: unknown, options: CallOptions): Promise<string> {
    try {
      return await new Asking(this, this.#request(tool, args, options), options).obtain();
    } catch (error) {
      throw error instanceof Refused ? error.of(tool) : error;
    }
  }

  get waitSecs(): number {
    return this.#waitSecs;
  }

  /** One call of the API. Redirects are errors: the token goes to this server alone. */
  async call(method: string, path: string, body?: unknown, secs = CALL_SECS, signal?: AbortSignal): Promise<Answer> {
    const late = AbortSignal.timeout(secs * 1000);
    let status: number;
    let said: unknown;
    try {
      const answer = await fetch(this.#url + API + path, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      });
      status = answer.status;
      said = parsed(await answer.text());
    } catch {
      throw new Failed("away", `${this.#url} does not answer`);
    }
    if (isAnswer(said) && status >= 200 && status < 300) return said;
    if (isAnswer(said) && status >= 400 && isId(said["code"])) {
      throw new Failed(said["code"], `${String(said["detail"] ?? said["title"])} (${said["code"]})`);
    }
    if (status >= 502 && status <= 504) throw new Failed("away", `what answers at ${this.#url} says ${status}`);
    throw nonsense(`status ${status} without what belongs to it`);
  }

  #request(tool: string, args: unknown, options: CallOptions): Answer {
    const session = options.session ?? this.#session;
    try {
      const [actionType, more] = this.#describe(tool, args);
      const context = { tool, args, cwd: process.cwd(), session_id: session, ...more };
      const key = options.callId === undefined ? {} : { request_key: `${session}:${options.callId}` };
      // As it will be sent: what is no JSON is told here.
      return JSON.parse(JSON.stringify({ action_type: actionType, context, ...key })) as Answer;
    } catch {
      throw unavailable("the call could not be described");
    }
  }

  async #report(executionId: string, status: string): Promise<void> {
    const why = await this.tell("PATCH", `/executions/${encodeURIComponent(executionId)}`, { status });
    // The tool has run: its result still counts. The server calls the run unknown when its lease is over.
    if (why !== undefined) console.warn(`navi_gate: the end of run ${executionId} could not be reported: ${why}`);
  }

  /** Says it again where that may help; gives why the server has not heard it. */
  async tell(method: string, path: string, body?: unknown): Promise<string | undefined> {
    let why: string | undefined;
    for (const pauseMs of [0, 200, 1000, 3000]) {
      await pause(pauseMs);
      try {
        await this.call(method, path, body);
        return undefined;
      } catch (failed) {
        why = String(failed);
        if (!(failed instanceof Failed && failed.isPassing)) break;
      }
    }
    return why;
  }
}

/** One call of a tool on its way to a permit. */
class Asking {
  readonly #gate: Gate;
  readonly #request: Answer;
  readonly #signal: AbortSignal | undefined;
  readonly #runNonce = crypto.randomUUID();
  readonly #deadline: number;
  #waitsFor: string | undefined;

  constructor(gate: Gate, request: Answer, options: CallOptions) {
    this.#gate = gate;
    this.#request = request;
    this.#signal = options.signal;
    this.#deadline = performance.now() + (gate.waitSecs + GRACE_SECS) * 1000;
  }

  async obtain(): Promise<string> {
    try {
      return await this.#obtain();
    } catch (error) {
      // Nobody waits any more.
      if (this.#waitsFor !== undefined) await this.#withdraw(this.#waitsFor);
      if (this.#signal?.aborted) throw ended("given up by its caller");
      throw error instanceof Failed ? unavailable(error.message) : error;
    }
  }

  async #obtain(): Promise<string> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const answer = await this.#evaluate();
      const { decision, execution_id: execution, approval_id: waits } = answer;
      if (decision === "AUTO" && isId(execution)) return execution;
      if (decision === "BLOCKED") throw blocked(answer);
      if (decision !== "APPROVAL" || !isId(waits)) throw nonsense("a decision without what belongs to it");
      const permitId = await this.#wait(waits);
      if (permitId !== undefined) return await this.#redeem(permitId);
    }
    throw ended("let go by a bypass again and again");
  }

  async #evaluate(): Promise<Answer> {
    const left = Math.max(1, Math.floor(this.#leftSecs() - GRACE_SECS));
    const { request_key, ...rest } = this.#request;
    const asked = { ...rest, request_key, start: { run_nonce: this.#runNonce }, expires_in_secs: left };
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#gate.call("POST", "/evaluate", asked, CALL_SECS, this.#signal);
      } catch (failed) {
        // Others were first; nothing was done.
        if (!(failed instanceof Failed && failed.code === "version_conflict") || tries >= TRIES) throw failed;
        await pause(50);
      }
    }
  }

  /** The permit, once people have approved; `undefined`: a bypass let the request go, and it has to be asked again. */
  async #wait(approvalId: string): Promise<string | undefined> {
    this.#waitsFor = approvalId;
    let edited = false;
    while (this.#leftSecs() > 0) {
      const view = await this.#look(this.#waitsFor);
      if (view === undefined || view["status"] === "pending") {
        await pause(200);
        continue;
      }
      const next = view["status"] === "superseded" && isId(view["superseded_by"]) ? view["superseded_by"] : undefined;
      const letGo = next?.startsWith("bypass:") ?? false;
      if (next !== undefined && !letGo) {
        const following = await this.#patient(`/approvals/${encodeURIComponent(next)}`, CALL_SECS);
        if (following === undefined) continue;
        if (following["edited_from"] === this.#waitsFor) {
          this.#waitsFor = next;
          edited = true;
          continue;
        }
      }
      if (edited || view["status"] !== "approved") this.#waitsFor = undefined;
      return letGo ? undefined : permitOf(view, edited);
    }
    throw expired();
  }

  #look(id: string): Promise<Answer | undefined> {
    const look = Math.max(1, Math.min(LOOK_SECS, Math.floor(this.#leftSecs())));
    return this.#patient(`/approvals/${encodeURIComponent(id)}?wait=${look}`, look + CALL_SECS);
  }

  /** Reads; `undefined`, after a pause, where that failed for a reason that passes. */
  async #patient(path: string, secs: number): Promise<Answer | undefined> {
    try {
      return await this.#gate.call("GET", path, undefined, secs, this.#signal);
    } catch (failed) {
      if (this.#signal?.aborted || !(failed instanceof Failed && failed.isPassing)) throw failed;
      await pause(1000);
      return undefined;
    }
  }

  async #redeem(permitId: string): Promise<string> {
    const { request_key: _, ...request } = this.#request;
    const asked = { ...request, permit_id: permitId, run_nonce: this.#runNonce };
    const deadline = performance.now() + 60_000;
    for (;;) {
      try {
        // The nonce makes a repeat harmless: the same run, never a second one.
        const { id } = await this.#gate.call("POST", "/executions", asked, CALL_SECS, this.#signal);
        if (!isId(id)) throw nonsense("a run without an id");
        this.#waitsFor = undefined;
        return id;
      } catch (failed) {
        const passing = failed instanceof Failed && failed.isPassing && !this.#signal?.aborted;
        if (!passing || performance.now() > deadline) throw failed;
        await pause(1000);
      }
    }
  }

  async #withdraw(id: string): Promise<void> {
    const why = await this.#gate.tell("DELETE", `/approvals/${encodeURIComponent(id)}`);
    if (why !== undefined) console.warn(`navi_gate: request ${id} could not be withdrawn; it expires by itself: ${why}`);
  }

  #leftSecs(): number {
    return (this.#deadline - performance.now()) / 1000;
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const isId = (value: unknown): value is string => typeof value === "string" && value !== "";
const isAnswer = (value: unknown): value is Answer =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): Answer[] => (Array.isArray(value) ? value.filter(isAnswer) : []);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The permit of a request that has ended, or why there is none. */
function permitOf(view: Answer, edited: boolean): string {
  const { status, permit } = view;
  if (status === "approved" && edited) throw changed(view);
  if (status === "approved" && isAnswer(permit) && isId(permit["id"])) return permit["id"];
  if (status === "rejected") throw rejected(view);
  if (status === "expired") throw expired();
  if (status === "superseded" || status === "cancelled") throw ended(status);
  throw nonsense("a request that ended without what belongs to it");
}

function blocked(answer: Answer): Refused {
  const reasons = Array.isArray(answer["reasons"]) ? answer["reasons"].map(String) : [];
  const instead = listed(answer["guardrails"]).map((guardrail) => guardrail["instead"]).filter(isId);
  return new Refused(
    "blocked",
    `the policy blocks this, by its rule ${String(answer["rule"] ?? "without a name")}`,
    reasons.join("; ") || "none was given",
    instead.join("; ") || "a way that does not need this, or what your user decides",
    "pointless, also in another form",
  );
}

function rejected(view: Answer): Refused {
  const vote = listed(view["votes"]).findLast(({ verdict }) => verdict === "reject") ?? {};
  return new Refused(
    "rejected",
    `a person (${String(vote["user"] ?? "unnamed")})`,
    isId(vote["reason"]) ? vote["reason"] : "none was given",
    "something else that answers the reason",
    "pointless unchanged, people are not asked about it again",
  );
}

function changed(view: Answer): Refused {
  const parts = isAnswer(view["material"]) ? view["material"] : {};
  const what = isId(parts["command"])
    ? parts["command"]
    : JSON.stringify(parts["args"] ?? parts["files"] ?? view["title"]);
  return new Refused(
    "edited",
    "a person, who changed it",
    "approved with changes",
    `ask for this instead: ${what}`,
    "pointless unchanged, only the changed form was approved",
  );
}

const expired = () =>
  new Refused(
    "expired",
    "nobody",
    "nobody decided in time",
    "something that needs no approval",
    "later, if it is still needed",
  );
const ended = (status: string) =>
  new Refused("ended", "nobody", `the request was ${status}`, "asking anew", "only if it is still needed");
const nonsense = (what: string) => new Failed("nonsense", `its answer makes no sense: ${what}`);
const unavailable = (why: string) =>
  new Refused(
    "unavailable",
    "the gate",
    `the oversight server could not decide: ${why}`,
    "Nothing may run until it answers",
    "later",
  );
