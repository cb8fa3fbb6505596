/** A person's terminal: the product's real gate, enrolled as a device with a step-up key. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Role, Server } from "./server";

const run = promisify(execFile);
const binary = join(process.env["NAVI_BIN_DIR"] ?? resolve("../target/debug"), "navi-gate");

export class Terminal {
  private constructor(
    private readonly folder: string,
    private readonly url: string,
  ) {}

  static async enroll(server: Server, user: string, role: Role): Promise<Terminal> {
    const folder = await mkdtemp(join(tmpdir(), "navi-terminal-"));
    const terminal = new Terminal(folder, server.url);
    await writeFile(join(folder, "passphrase"), "a long passphrase");
    const invite = await server.invite(user, role);
    await terminal.gate(["enroll", invite, "--url", server.url, "--keystore", terminal.keystore, "--passphrase-file", join(folder, "passphrase")]);
    return terminal;
  }

  private get keystore(): string {
    return `file:${join(this.folder, "keys.json")}`;
  }

  /** Runs the gate with nothing of this shell's environment; what it printed. */
  async gate(args: string[]): Promise<string> {
    const env = { PATH: process.env["PATH"] ?? "", HOME: this.folder, NAVI_URL: this.url };
    const { stdout } = await run(binary, args, { env, cwd: this.folder });
    return stdout;
  }

  /** A step of a bypass, signed with the step-up key. */
  async bypass(...args: string[]): Promise<Record<string, unknown>> {
    const keys = ["--keystore", this.keystore, "--passphrase-file", join(this.folder, "passphrase"), "--json"];
    return JSON.parse(await this.gate(["bypass", ...args, ...keys])) as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
