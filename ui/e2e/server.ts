/** The product's real server in a folder of its own, spoken to by its command line and its HTTP contract only. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const binary = join(process.env["NAVI_BIN_DIR"] ?? resolve("../target/debug"), "navi-server");
const ORG = "acme";

export type Role = "agent" | "developer" | "approver" | "oncall" | "auditor" | "admin";
type Json = Record<string, unknown>;

async function say(args: string[]): Promise<Json> {
  const { stdout } = await run(binary, args);
  return JSON.parse(stdout) as Json;
}

function text(said: Json, name: string): string {
  const found = said[name];
  if (typeof found !== "string") throw new Error(`no text ${name} in ${JSON.stringify(said)}`);
  return found;
}

export class Server {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(config: Json = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "navi-flow-"));
    const data = join(folder, "data");
    await mkdir(data, { mode: 0o700 });
    await say(["init", "--data-dir", data, "--org", ORG]);
    await writeFile(join(data, "config.json"), JSON.stringify(config));
    const process = spawn(binary, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const url = await new Promise<string>((found, failed) => {
      process.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
      createInterface({ input: process.stdout }).once("line", (line) => found(text(JSON.parse(line) as Json, "url")));
    });
    return new Server(url.replace(/\/$/, ""), folder, process);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  private get data(): string[] {
    return ["--data-dir", join(this.folder, "data")];
  }

  /** A link that enrols one browser. */
  async webLink(user: string, role: Role): Promise<string> {
    return text(await say(["web-link", ...this.data, "--user", user, "--role", role, "--url", this.url]), "web_link");
  }

  /** An invitation that enrols one device. */
  async invite(user: string, role: Role): Promise<string> {
    return text(await say(["invite", "create", ...this.data, "--org", ORG, "--user", user, "--role", role]), "invite");
  }

  async as(user: string, role: Role, agent?: string): Promise<Caller> {
    const more = agent === undefined ? [] : ["--agent", agent];
    const made = await say(["token", "create", ...this.data, "--org", ORG, "--user", user, "--role", role, ...more]);
    return new Caller(this.url, text(made, "token"));
  }
}

/** Somebody else than the person at the browser. */
export class Caller {
  constructor(
    private readonly url: string,
    readonly token: string,
  ) {}

  async call<T = Json>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api/governance${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said}`);
    return JSON.parse(said === "" ? "null" : said) as T;
  }

  /** Asks for a command, and says which request a person must answer. */
  async asks(command: string, more: Json = {}): Promise<string> {
    const context = { command, repo: "shop", cwd: "/src/shop", ...more };
    const said = await this.call("POST", "/evaluate", { action_type: "command", context });
    return text(said, "approval_id");
  }
}
