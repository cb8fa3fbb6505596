/** What people and agents do around a decision, by keyboard alone: ask, give time, decide by two, let repeat and take that back, a flood. */
import type { Page } from "@playwright/test";
import { Desk, MEDIUM, expect, test } from "./desk";

/** Another approver at a browser of their own. */
async function colleague(desk: Desk, user: string): Promise<Desk> {
  const browser = desk.page.context().browser();
  if (!browser) throw new Error("no browser");
  const page: Page = await (await browser.newContext({ viewport: { width: 1280, height: 860 } })).newPage();
  await page.goto(await desk.server.webLink(user, "approver"));
  await expect(page.getByTestId("connection")).toBeVisible();
  return new Desk(page, desk.server, desk.agent, desk.watcher);
}

/** Opened, read, approved in the dialog. */
async function approve(desk: Desk, id: string): Promise<void> {
  await desk.open(id);
  await desk.read();
  await desk.press("a");
  const confirm = desk.by("confirm-approve");
  await desk.tabTo(confirm);
  await expect(confirm).toBeEnabled();
  await desk.press("Space");
}

async function decision(desk: Desk, command: string): Promise<string> {
  const context = { command, repo: "shop", cwd: "/src/shop" };
  return String((await desk.agent.call("POST", "/evaluate", { action_type: "command", context }))["decision"]);
}

test("a question reaches the agent, and its answer stands beside it", async ({ desk }) => {
  const id = await desk.agent.asks(MEDIUM);
  await desk.open(id);
  await desk.tabTo(desk.by("ask"));
  await desk.press("Space");
  await expect(desk.by("remark")).toBeFocused();
  await desk.page.keyboard.type("Why this file?");
  await desk.tabTo(desk.by("ask-agent"));
  await desk.press("Space");
  await expect(desk.by("discussion")).toContainText("Why this file?");
  const view = await desk.watcher.call<{ discussion: { id: string }[] }>("GET", `/approvals/${id}`);
  await desk.agent.call("POST", `/approvals/${id}/answers`, { question_id: view.discussion[0]?.id, text: "The session ends too early." });
  await expect(desk.by("discussion")).toContainText("The session ends too early.");
  await desk.accessible("a request with a question and its answer");
});

test("a request gets an hour more, once", async ({ desk }) => {
  const id = await desk.agent.asks(MEDIUM);
  const before = await desk.watcher.call<{ expires_at: number }>("GET", `/approvals/${id}`);
  await desk.open(id);
  await desk.press(".");
  const more = desk.page.getByRole("menuitem", { name: "One hour more" });
  await expect(more).toBeVisible();
  for (let step = 0; step < 6 && !(await more.evaluate((element) => element === document.activeElement)); step += 1) await desk.press("ArrowDown");
  await desk.press("Enter");
  await expect(async () => {
    const after = await desk.watcher.call<{ expires_at: number }>("GET", `/approvals/${id}`);
    expect(after.expires_at - before.expires_at).toBe(3_600_000_000);
  }).toPass();
  await expect(desk.by("detail")).toContainText("its time was extended once");
});

test("where two must agree, the first sees who is missing and the second lets it run", async ({ desk }) => {
  const root = await desk.server.as("root", "admin");
  const settings = await root.call("GET", "/settings");
  await root.call("PUT", "/settings", { version: settings["version"], quorum_by_level: { medium: 2 } });
  const erin = await colleague(desk, "erin");
  const id = await desk.agent.asks(MEDIUM);
  await approve(desk, id);
  await expect(desk.by("detail")).toContainText("1 of 2");
  expect((await desk.status(id, "pending"))["votes"]).toHaveLength(1);
  await approve(erin, id);
  expect((await desk.status(id, "approved"))["votes"]).toHaveLength(2);
});

test("what may repeat runs unasked until somebody takes it back", async ({ desk }) => {
  const command = "sed -i s/a/b/ auth/session.py";
  // The same command in other spaces: what was approved itself has a permit of its own.
  const again = "sed  -i  s/a/b/  auth/session.py";
  const id = await desk.agent.asks(command);
  await desk.open(id);
  await desk.read();
  await desk.press("a");
  await desk.tabTo(desk.by("reach"));
  await desk.page.keyboard.type("The same command");
  await expect(desk.by("reach")).toHaveValue("same_command");
  const confirm = desk.by("confirm-approve");
  await desk.tabTo(confirm);
  await expect(confirm).toBeEnabled();
  await desk.press("Space");
  await desk.status(id, "approved");
  expect(await decision(desk, again)).toBe("AUTO");
  await desk.press("g", "g");
  await expect(desk.by("grant")).toContainText("auth/session.py");
  const revoke = desk.by("grant").getByRole("button", { name: /^Take back/ });
  await desk.tabTo(revoke);
  await desk.press("Enter");
  const sure = desk.page.getByRole("dialog").getByRole("button", { name: /^Take back/ });
  await desk.tabTo(sure);
  await desk.press("Enter");
  await expect(async () => expect(await decision(desk, again)).toBe("APPROVAL")).toPass();
});

test("a flood stands as one card, and what is grave in it stays a row", async ({ desk }) => {
  for (let nth = 0; nth < 11; nth += 1) await desk.agent.asks(`echo ${nth} >> auth/session.py`);
  const grave = await desk.agent.asks("terraform destroy -auto-approve");
  await expect(desk.by("flood")).toBeVisible();
  await expect(desk.page.locator(`[data-testid='approval-row'][data-approval-id='${grave}']`)).toBeVisible();
  await desk.accessible("a flood");
  await desk.open(grave);
});
