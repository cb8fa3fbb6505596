/** Undoing what ran, from the record: a real gate ran it, a real runner rehearses it, people are asked about it. */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "./desk";

const run = promisify(execFile);
const gate = join(process.env["NAVI_BIN_DIR"] ?? resolve("../target/debug"), "navi-gate");

test("what an agent did is rehearsed, asked about and shown with its proof", async ({ desk, server }, info) => {
  const root = await server.as("root", "admin");
  const open = { level: "full", auto_allowed_actions: ["command_run"], require_approval_for: ["rollback"] };
  await root.call("PUT", "/policy/alice", { ...open, version: 1 });
  await root.call("PUT", "/policy/bob", open);
  const folder = await mkdtemp(join(tmpdir(), "navi-undo-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, NAVI_URL: server.url };
  const work = join(folder, "work");
  await run("git", ["init", "-q", "-b", "work", work]);
  const told = await run(gate, ["run", "--json", "--", "sh", "-c", "echo agent > made"], {
    cwd: work,
    env: { ...env, NAVI_TOKEN: desk.agent.token },
  });
  expect(told.stdout).toContain('"ran":true');
  const runnerToken = (await server.as("ops", "agent", "runner")).token;
  const runner = spawn(gate, ["runner"], { cwd: work, env: { ...env, NAVI_TOKEN: runnerToken }, stdio: "ignore" });
  try {
    const { items } = await desk.watcher.call<{ items: { index: number }[] }>("GET", "/audit?kind=execution_finished");
    await desk.page.evaluate((index) => (globalThis.location.hash = `#/record/${index}`), items[0]?.index ?? 0);
    await desk.tabTo(desk.by("roll-back"));
    await expect(desk.by("rollback")).toContainText("removes");
    await desk.press("Enter");
    await expect(desk.by("rollback-plan")).toContainText("Way back verified.");
    await desk.type(desk.by("rollback-reason"), "it was slow");
    await desk.accessible("the rehearsed rollback");
    await desk.page.screenshot({ path: info.outputPath("rehearsed.png") });
    await desk.tabTo(desk.by("confirm-rollback"));
    await desk.press("Enter");
    await expect(desk.by("rollback-asked")).toContainText("It waits for a decision.");
    expect(existsSync(join(work, "made")), "nothing is undone before a person agrees").toBe(true);
    const waiting = await desk.watcher.call<{ items: { id: string; title: string }[] }>("GET", "/approvals?status=pending");
    await desk.page.evaluate((id) => (globalThis.location.hash = `#/approvals/${id}`), waiting.items[0]?.id ?? "");
    // The request itself says that it was rehearsed, and what it leaves.
    await expect(desk.page.locator("[data-testid='rollback'][data-state='verified']")).toContainText("A runner rehearsed it where it would run.");
  } finally {
    runner.kill("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  }
});
