/** Two administrators in two browsers set a policy: draft, preview, proposal, second person, history, revert, guardrails. */
import { expect, test as base, type Page } from "@playwright/test";
import { violations } from "./axe";
import { Server } from "./server";

const test = base.extend<{ server: Server }>({
  // eslint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
});

async function seeded(server: Server): Promise<void> {
  const root = await server.as("root", "admin");
  await root.call("PUT", "/settings", { second_person_for_loosening: true });
  const agent = await server.as("dana", "agent", "coder");
  for (const command of ["ls", "npm test", "git push origin feature", "npm install left-pad"])
    await agent.call("POST", "/evaluate", { action_type: "command_run", context: { command, repo: "payments", cwd: "/src" } });
  for (const environment of ["staging", "production"])
    await agent.call("POST", "/evaluate", { action_type: "deploy", context: { command: "make deploy", repo: "payments", environment } });
}

async function signIn(page: Page, server: Server, user: string, role: "admin" | "developer"): Promise<void> {
  await page.goto(await server.webLink(user, role));
  await expect(page.getByTestId("connection")).toBeVisible();
}

const DANA = "#/policy?scope=dana";
const chip = (page: Page, entry: string) => page.locator(`[data-entry="${entry}"]`);

test("a looser policy is proposed, accepted by a second person, and taken back", async ({ page, browser, server }, info) => {
  await seeded(server);
  await signIn(page, server, "alice", "admin");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await expect(page.getByRole("slider", { name: "Level" })).toBeVisible();
  await page.goto(`${server.url}/${DANA}`);
  await expect(page.getByTestId("inherited")).toBeVisible();

  // Stricter first: in force at once.
  await page.getByRole("slider", { name: "Level" }).press("ArrowLeft");
  await expect(page.getByLabel("Before and after")).toContainText("would ask");
  await page.screenshot({ path: info.outputPath("stricter.png"), fullPage: true });
  await page.getByTestId("review").click();
  await page.getByLabel("Why?").fill("audit week");
  await page.getByTestId("confirm-save").click();
  await expect(page.getByText("Saved as version 1")).toBeVisible();
  // What is drafted next rests on it.
  await expect(page.getByTestId("inherited")).toBeHidden();

  // Looser: a proposal, which the proposer cannot accept.
  await chip(page, "deploy").focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(chip(page, "deploy")).toBeFocused();
  await page.getByLabel("Up to").fill("0.7");
  await page.reload();
  await expect(page.getByText("2 changes, not saved")).toBeVisible();
  await expect(page.getByLabel("Before and after")).toContainText("are in its reach");
  await page.screenshot({ path: info.outputPath("looser.png"), fullPage: true });
  await page.getByTestId("review").click();
  await expect(page.getByTestId("confirm-save")).toBeDisabled();
  await page.getByLabel("Why is this looser?").fill("the team is practised");
  await page.screenshot({ path: info.outputPath("review.png") });
  expect(await violations(page), "the last look before saving").toEqual([]);
  await page.getByTestId("confirm-save").click();
  await page.getByRole("link", { name: "See the proposals" }).click();
  await expect(page.getByText("somebody else must accept it")).toBeVisible();
  await expect(page.getByRole("button", { name: "Accept" })).toHaveCount(0);

  const second = await browser.newPage();
  await signIn(second, server, "bob", "admin");
  await second.goto(`${server.url}/#/policy/proposals`);
  await expect(second.getByText("the team is practised")).toBeVisible();
  await second.screenshot({ path: info.outputPath("proposal.png"), fullPage: true });
  expect(await violations(second), "a proposal").toEqual([]);
  await expect(second.getByRole("list", { name: "What changes" })).toContainText("deploy");
  await second.getByRole("button", { name: "Accept, put in force" }).click();
  await expect(second.getByText("in force from the next decision on")).toBeVisible();
  const root = await server.as("root", "admin");
  expect(await root.call("GET", "/policy/dana")).toMatchObject({ version: 2, max_risk_threshold: 0.7 });

  // The history says who, with whom and why; the way back is stricter, so it is in force at once.
  await page.goto(`${server.url}/${DANA}`);
  await page.getByText("History").click();
  await expect(page.getByText("proposed by alice, accepted by bob")).toBeVisible();
  await page.screenshot({ path: info.outputPath("history.png"), fullPage: true });
  await page.getByRole("button", { name: "Go back to version 1 …" }).click();
  await page.getByTestId("confirm-save").click();
  await expect(page.getByText("Saved as version 3")).toBeVisible();
  expect(await root.call("GET", "/policy/dana")).toMatchObject({ version: 3, max_risk_threshold: 0.2 });
});

test("who saves first is shown beside mine, and both changes survive", async ({ page, server }, info) => {
  await seeded(server);
  await signIn(page, server, "alice", "admin");
  await page.goto(`${server.url}/${DANA}`);
  await chip(page, "git_push").click();
  await page.getByRole("menuitemradio", { name: "Blocked" }).click();
  const root = await server.as("root", "admin");
  const theirs = { level: "standard", max_risk_threshold: 0.4, reason: "after the incident" };
  await root.call("PUT", "/policy/dana", theirs);
  await page.getByTestId("review").click();
  await expect(page.getByTestId("conflict")).toContainText("after the incident");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.screenshot({ path: info.outputPath("conflict.png"), fullPage: true });
  expect(await violations(page), "the conflict").toEqual([]);
  await page.getByRole("button", { name: "Put mine on top of theirs" }).click();
  await page.getByTestId("review").click();
  await page.getByTestId("confirm-save").click();
  await expect(page.getByText("Saved as version 2")).toBeVisible();
  expect(await root.call("GET", "/policy/dana")).toMatchObject({ max_risk_threshold: 0.4, blocked_actions: ["git_push"] });
});

test("a broken guardrail is marked in its place and cannot be saved; a good one locks its action", async ({ page, server }, info) => {
  await seeded(server);
  await signIn(page, server, "alice", "admin");
  await page.goto(`${server.url}/#/policy/guardrails`);
  const editor = page.getByTestId("editor");
  await page.getByRole("button", { name: "Begin with an example" }).click();
  await expect(page.getByTestId("verdict")).toContainText("nothing wrong");
  await editor.fill('forbid (principal, action == Action::"run", resource)\nwhen { context.actoin_type == "deploy_prod" };');
  await expect(page.getByTestId("verdict")).toContainText("Line 2");
  await expect(page.locator(".cm-lintRange-error")).toBeVisible();
  await expect(page.getByTestId("review")).toBeDisabled();
  await page.screenshot({ path: info.outputPath("broken.png"), fullPage: true });
  expect(await violations(page), "a broken guardrail").toEqual([]);
  await page.getByRole("button", { name: /Line 2/ }).click();
  await expect(editor).toBeFocused();
  const good = '@id("no-deploys")\n@reason("Production is deployed by hand")\nforbid (principal, action == Action::"run", resource)\nwhen { context.action_type == "deploy_prod" };';
  await editor.fill(good);
  await expect(page.getByTestId("verdict")).toContainText("nothing wrong");
  await page.getByTestId("review").click();
  await page.getByLabel("Why?").fill("no agent deploys");
  await page.screenshot({ path: info.outputPath("guardrail-review.png") });
  await page.getByTestId("confirm-save").click();
  await expect(page.getByText("Saved as version 1")).toBeVisible();
  await page.getByText("Try it on an action").click();
  await page.getByLabel("Action type").fill("deploy_prod");
  await page.getByRole("button", { name: "Ask" }).click();
  await expect(page.getByTestId("tried")).toHaveText("Blocked");
  await page.getByText("History", { exact: true }).click();
  await expect(page.getByText("no agent deploys")).toBeVisible();
  await page.screenshot({ path: info.outputPath("guardrails.png"), fullPage: true });

  await page.goto(`${server.url}/${DANA}`);
  await chip(page, "deploy_prod").click();
  await expect(page.getByRole("menu")).toContainText("no-deploys");
  await expect(page.getByRole("menuitemradio", { name: "Runs alone" })).toHaveAttribute("aria-disabled", "true");
  await page.screenshot({ path: info.outputPath("locked.png"), fullPage: true });
});

test("a developer reads their own policy and is told who may change it", async ({ page, server }, info) => {
  await seeded(server);
  await signIn(page, server, "dana", "developer");
  await page.goto(`${server.url}/#/policy`);
  await expect(page.getByTestId("read-only")).toContainText("admin");
  await expect(page.getByRole("slider", { name: "Level" })).toBeDisabled();
  await page.goto(`${server.url}/#/policy?scope=alice`);
  await expect(page.getByTestId("no-permission")).toBeVisible();
  await page.screenshot({ path: info.outputPath("developer.png"), fullPage: true });
});

const SHEETS = ["", "/guardrails", "/catalogue", "/risk", "/approving", "/suggestions", "/proposals"];

for (const [name, look] of [
  ["light", { colorScheme: "light", contrast: "no-preference" }],
  ["dark", { colorScheme: "dark", contrast: "no-preference" }],
  ["contrast", { colorScheme: "dark", contrast: "more" }],
] as const)
  test(`every part is accessible in ${name}`, async ({ page, server }, info) => {
    await seeded(server);
    await page.emulateMedia(look);
    await signIn(page, server, "alice", "admin");
    for (const sheet of SHEETS)
      for (const width of [1280, 640, 360]) {
        await page.setViewportSize({ width, height: 860 });
        await page.goto(`${server.url}/#/policy${sheet}`);
        await page.reload();
        await page.waitForLoadState("networkidle");
        await expect(page.locator("main h2, main h3").first()).toBeVisible();
        await page.screenshot({ path: info.outputPath(`${name}-${width}${sheet.replace("/", "-")}.png`) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `${sheet} at ${width} px needs no sideways scrolling`).toBeLessThanOrEqual(0);
        expect(await violations(page), `${sheet} at ${width} px in ${name}`).toEqual([]);
        // The gap in the line around a field is for its label: what has none has no gap.
        const gaps = await page.locator("main fieldset[aria-hidden] > legend").evaluateAll((all) => all.filter((one) => getComputedStyle(one).paddingInlineStart !== "0px").length);
        expect(gaps, `${sheet}: gaps`).toBe(0);
      }
  });
