/** Working through the queue by keyboard alone: several at once, putting off, claiming, saved views, and what others do meanwhile. */
import type { Browser, Page } from "@playwright/test";
import { expect, test, type Desk } from "./desk";
import type { Role, Server } from "./server";

/** Asks, and low by what it does. */
const shard = (nth: number) => `npm test -- --shard ${nth}`;

/** Another browser, of this person. */
async function another(browser: Browser, server: Server, user: string, role: Role): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 860 } })).newPage();
  await page.goto(await server.webLink(user, role));
  await expect(page.getByTestId("connection")).toBeVisible();
  return page;
}

async function asked(desk: Desk, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 1; nth <= count; nth += 1) ids.push(await desk.agent.asks(shard(nth)));
  await expect(desk.by("group")).toHaveAttribute("data-count", String(count));
  return ids;
}

async function compare(desk: Desk): Promise<void> {
  await desk.press("j", "e");
  await expect(desk.by("compare-pane")).toBeVisible();
}

test("similar requests are compared and approved together, each by its own signature", async ({ desk }, info) => {
  const ids = await asked(desk, 4);
  await compare(desk);
  for (let nth = 1; nth <= 4; nth += 1) await expect(desk.by("differences")).toContainText(shard(nth));
  await desk.accessible("the comparison");
  await desk.page.screenshot({ path: info.outputPath("compare-light.png") });
  await desk.page.emulateMedia({ colorScheme: "dark" });
  await desk.page.screenshot({ path: info.outputPath("compare-dark.png") });
  await desk.accessible("the comparison in the dark");
  await expect(async () => {
    await desk.press("a");
    await expect(desk.by("confirm-approve")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await desk.tabTo(desk.by("confirm-approve"));
  await expect(desk.by("confirm-approve")).toBeEnabled();
  await desk.press("Enter");
  await expect(desk.by("confirm-approve")).toBeVisible();
  await desk.press("Space");
  await expect(desk.by("results")).toHaveAttribute("data-busy", "false");
  await expect(desk.by("result")).toHaveCount(4);
  for (const id of ids) {
    const view = await desk.status(id, "approved");
    expect(JSON.stringify(view["votes"])).toContain("bob");
  }
});

test("a high request among similar ones is left out, and the button says so", async ({ desk }) => {
  await asked(desk, 3);
  const high = await desk.agent.asks("npm test -- --shard 4 && terraform destroy -auto-approve");
  await expect(desk.page.locator(`[data-approval-id='${high}']`)).toBeVisible();
  // Marked one by one: j, x, j, x …
  for (let nth = 1; nth <= 4; nth += 1) {
    await desk.press("j", "x");
    await expect(desk.by("selection")).toContainText(`${nth} selected`);
  }
  await desk.press("a");
  await expect(desk.by("compare-pane")).toBeVisible();
  await expect(desk.by("left-out")).toContainText("need their own review");
  await expect(desk.by("bulk-approve").or(desk.by("read-on")).or(desk.by("bulk-not")).first()).toBeVisible();
});

test("many are rejected at once, each with the reason", async ({ desk }) => {
  const ids = await asked(desk, 6);
  await compare(desk);
  await desk.press("r");
  await desk.type(desk.by("reason"), "use the nightly run");
  await desk.tabTo(desk.by("confirm-reject"));
  await desk.press("Space");
  await expect(desk.by("results")).toHaveAttribute("data-busy", "false");
  for (const id of ids) expect(JSON.stringify((await desk.status(id, "rejected"))["votes"])).toContain("use the nightly run");
});

test("a request is put off, stays so after a reload and on another device, and is taken back", async ({ desk, server, browser }) => {
  const [id] = await asked(desk, 3);
  const phone = await another(browser, server, "bob", "approver");
  const row = (page: Page) => page.locator(`[data-testid='approval-row'][data-approval-id='${id}']`);
  await desk.open(id ?? "");
  await desk.press("s");
  await expect(desk.by("snooze-quarter")).toBeVisible();
  await desk.accessible("until when");
  await desk.press("1");
  await expect(desk.by("snoozed-told")).toBeVisible();
  await phone.getByRole("tab", { name: /Snoozed/ }).click();
  await expect(row(phone)).toBeVisible();
  await desk.page.reload();
  await expect(desk.by("connection")).toBeVisible();
  await desk.page.goto(`${server.url}/#/`);
  const tab = desk.page.getByRole("tab", { name: /Snoozed/ });
  await expect(tab).toContainText("1");
  await desk.tabTo(desk.page.getByRole("tab", { name: /For me/ }));
  await desk.press("ArrowRight", "ArrowRight", "Enter");
  await expect(row(desk.page)).toBeVisible();
  await desk.press("j", "s");
  await expect(desk.by("snooze-ten_left")).toBeEnabled();
  await desk.press("3");
  await expect(desk.by("snoozed-told")).toBeVisible();
  await desk.press("z");
  await expect(row(desk.page)).toBeHidden();
  await expect(row(phone)).toBeHidden();
});

test("a claim and a reader are seen by others, who are asked before they take over", async ({ desk, server, browser }, info) => {
  const id = await desk.agent.asks(shard(1));
  const erin = await another(browser, server, "erin", "approver");
  const row = erin.locator(`[data-testid='approval-row'][data-approval-id='${id}']`);
  await expect(row).toBeVisible();
  await desk.open(id);
  await expect(row).toContainText("bob is reviewing");
  await desk.press("m");
  await expect(row).toContainText("bob is on it");
  await erin.keyboard.press("j");
  await erin.keyboard.press("Enter");
  await expect(erin.getByTestId("present")).toContainText("bob is on it since");
  await expect(desk.by("present")).toContainText("erin is reviewing this now.");
  await desk.page.screenshot({ path: info.outputPath("presence.png") });
  await erin.keyboard.press("m");
  await expect(erin.getByRole("dialog")).toBeVisible();
  await erin.getByTestId("take-over").press("Space");
  await expect(desk.by("present")).toContainText("erin is on it since");
});

test("a view is saved under a name and shown by its key", async ({ desk }) => {
  await asked(desk, 3);
  const wanted = await desk.agent.asks("echo needle >> auth/session.py");
  await desk.press("/");
  await desk.page.keyboard.type("needle level:>=medium");
  const rows = desk.by("approval-row");
  await expect(rows).toHaveCount(1);
  await desk.tabTo(desk.by("views"));
  await desk.press("Space");
  await desk.type(desk.by("view-name"), "Needles");
  await desk.press("Enter");
  await expect(desk.page.getByRole("dialog")).toBeHidden();
  await desk.page.reload();
  await expect(rows).toHaveCount(4);
  await desk.press("v", "1");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toHaveAttribute("data-approval-id", wanted);
  await desk.press("/");
  await desk.page.keyboard.type(" levle:high");
  await expect(desk.by("query-problems")).toContainText("levle");
  await desk.accessible("a query that cannot be read");
});

test("what somebody else rejects stays in its place as a tombstone, and goes when one leaves", async ({ desk, server, browser }, info) => {
  const [first, second] = await asked(desk, 3);
  const erin = await another(browser, server, "erin", "approver");
  await desk.open(second ?? "");
  await erin.goto(`${server.url}/#/approvals/${first}`);
  await expect(erin.getByTestId("detail")).toBeVisible();
  await erin.keyboard.press("r");
  await erin.getByTestId("confirm-reject").press("Space");
  await expect(desk.by("tombstone")).toHaveText("Rejected by erin");
  await expect(desk.by("approval-row")).toHaveCount(3);
  await desk.accessible("a tombstone");
  await desk.page.screenshot({ path: info.outputPath("tombstone.png") });
  await desk.press("Escape");
  await expect(desk.by("tombstone")).toBeHidden();
  await expect(desk.by("approval-row")).toHaveCount(2);
});
