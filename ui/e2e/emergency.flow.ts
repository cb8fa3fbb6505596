/** Nights by keyboard alone: freeze and lift, a bypass of two people with its review, a shift, the handover sheet. */
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { MEDIUM, expect, test, type Desk } from "./desk";
import { violations } from "./axe";
import { Terminal } from "./terminal";

/** Another person's page, in a browser of their own. */
async function pageOf(desk: Desk, user: string, role: "approver" | "oncall"): Promise<Page> {
  const browser = desk.page.context().browser();
  if (!browser) throw new Error("no browser");
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.goto(await desk.server.webLink(user, role));
  await expect(page.getByTestId("connection")).toBeVisible();
  return page;
}

const band = (page: Page, name: string) => page.locator(`[data-testid=state-banner][data-state=${name}]`);

async function decision(desk: Desk, command: string): Promise<string> {
  const said = await desk.agent.call("POST", "/evaluate", { action_type: "command_run", context: { command, repo: "shop", cwd: "/src/shop" } });
  return String(said["decision"]);
}

test("everything is stopped and lifted, and every page says so while it lasts", async ({ desk }, info) => {
  const id = await desk.agent.asks(MEDIUM);
  const other = await pageOf(desk, "erin", "approver");
  await desk.press("g", "e");
  await expect(desk.by("nothing-stopped")).toBeVisible();
  await desk.tabTo(desk.by("stop-everything"));
  await desk.press("Enter");
  await expect(desk.by("stop-reason")).toBeFocused();
  await desk.page.keyboard.type("odd requests");
  await desk.accessible("the confirmation of a stop");
  await desk.press("Enter");
  await expect(desk.by("freeze")).toBeVisible();
  await expect(desk.page.getByText("1 request stands still.")).toBeVisible();
  await desk.accessible("a stop in force");
  await desk.page.screenshot({ path: info.outputPath("stopped.png") });
  await expect(band(other, "frozen")).toContainText("bob: odd requests");
  expect(await decision(desk, "ls")).toBe("BLOCKED");
  expect((await desk.watcher.call("GET", `/approvals/${id}`))["paused_since"]).toBeTruthy();

  await desk.tabTo(desk.page.getByRole("button", { name: "Lift: Everything" }));
  await desk.press("Enter");
  await desk.tabTo(desk.by("confirm"));
  await desk.press("Space");
  await expect(desk.by("nothing-stopped")).toBeVisible();
  await expect(band(other, "frozen")).toHaveCount(0);
  await expect(async () => {
    expect((await desk.watcher.call("GET", `/approvals/${id}`))["paused_since"]).toBeFalsy();
  }).toPass();
  await other.context().close();
});

test("a bypass of two people is on every page, ends in one press, and is reviewed by a third", async ({ desk }, info) => {
  // Each signature opens a key that is sealed with 256 MiB of Argon2, in a debug build.
  test.setTimeout(600_000);
  const [eve, finn] = [await Terminal.enroll(desk.server, "eve", "oncall"), await Terminal.enroll(desk.server, "finn", "oncall")];
  const gina = await pageOf(desk, "gina", "oncall");
  const asked = await eve.bypass("ask", "--repo", "shop", "--incident", "INC-7", "--reason", "The shop is down and nobody answers");
  await expect(band(gina, "bypass-asked")).toContainText("eve asks for a second person");
  await gina.goto(`${desk.server.url}/#/emergency/bypass`);
  await expect(gina.getByTestId("bypass-to-confirm")).toContainText("The shop is down and nobody answers");
  await expect(gina.getByTestId("bypass-number")).toHaveCount(0);
  expect(await violations(gina), "a bypass that waits for its second person").toEqual([]);

  const number = Number(asked["number"]);
  const wrong = finn.bypass("confirm", String(asked["id"]), "--number", String((number + 1) % 100));
  await expect(wrong).rejects.toThrow();
  await finn.bypass("confirm", String(asked["id"]), "--number", String(number));
  for (const page of [desk.page, gina]) await expect(band(page, "bypass")).toContainText("INC-7");
  await gina.screenshot({ path: info.outputPath("bypass.png") });

  expect(await decision(desk, MEDIUM)).toBe("AUTO");
  await expect(gina.getByTestId("bypass-run")).toHaveCount(1);
  await expect(gina.getByTestId("bypass-run")).toContainText("would have waited");
  expect(await violations(gina), "a bypass in force").toEqual([]);

  await desk.tabTo(desk.by("band-end-bypass"));
  await desk.press("Enter");
  await expect(band(gina, "bypass")).toHaveCount(0);
  expect(await decision(desk, `${MEDIUM} #again`)).toBe("APPROVAL");
  const again = eve.bypass("ask", "--agent", "coder", "--incident", "INC-8", "--reason", "The shop is down once more, sadly");
  await expect(again, "not before the review").rejects.toThrow();

  await desk.press("g", "e");
  await desk.tabTo(desk.page.getByRole("link", { name: /^Reviews/ }));
  await desk.press("Enter");
  await expect(desk.by("review")).toContainText("due");
  await desk.accessible("an open review");
  await desk.page.screenshot({ path: info.outputPath("review.png") });
  await desk.type(desk.by("finding"), "All of it was the fix.");
  await desk.tabTo(desk.by("clear-review"));
  await desk.press("Enter");
  await expect(desk.by("closed-bypass")).toContainText("reviewed by bob");
  await eve.bypass("ask", "--agent", "coder", "--incident", "INC-8", "--reason", "The shop is down once more, sadly");
  await gina.context().close();
  await Promise.all([eve.stop(), finn.stop()]);
});

test("a shift is taken over and given back, and the handover sheet is taken along", async ({ desk }, info) => {
  const rota = { people: ["carol"], begins: "2026-09-07T09:00", days: 7 };
  await desk.watcher.call("PUT", "/oncall/schedules/primary", { name: "Primary", zone: "Europe/Berlin", version: 0, rota });
  const id = await desk.agent.asks(MEDIUM);
  await desk.press("g", "o");
  const now = desk.by("on-call-now");
  await expect(now).toContainText("carol");
  await desk.tabTo(desk.page.getByRole("button", { name: "Take a shift of Primary" }));
  await desk.press("Enter");
  await expect(desk.by("shift-from")).toBeFocused();
  await desk.accessible("taking a shift");
  await desk.tabTo(desk.by("confirm-shift"));
  await desk.press("Enter");
  await expect(now).toContainText("bob");
  await desk.accessible("schedules");
  await desk.page.screenshot({ path: info.outputPath("schedules.png") });
  await desk.tabTo(desk.page.getByRole("button", { name: /^Give back: bob/ }));
  await desk.press("Enter");
  await expect(now).toContainText("carol");

  await desk.tabTo(desk.page.getByRole("link", { name: "Handover" }));
  await desk.press("Enter");
  await expect(desk.by("handover-pending").getByRole("link")).toHaveAttribute("href", `#/approvals/${id}`);
  await desk.accessible("the handover sheet");
  await desk.page.screenshot({ path: info.outputPath("handover.png") });
  await desk.tabTo(desk.by("handover-json"));
  const [file] = await Promise.all([desk.page.waitForEvent("download"), desk.press("Enter")]);
  const sheet = JSON.parse(await readFile(await file.path(), "utf8")) as { pending: { id: string }[] };
  expect(sheet.pending.map((item) => item.id)).toEqual([id]);
  // On paper it is light, whatever the page is, and says what it is.
  await desk.page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(desk.by("paper-title")).toBeVisible();
  await expect(desk.by("handover-pending").getByRole("heading")).toHaveCSS("color", "rgb(23, 28, 36)");
  await expect(desk.by("print-handover")).toBeHidden();
  await expect(desk.by("handover-pending")).toBeVisible();
  await expect(desk.by("connection")).toBeHidden();
});

const LOOKS = [
  { name: "light", look: { colorScheme: "light", contrast: "no-preference" } },
  { name: "dark", look: { colorScheme: "dark", contrast: "no-preference" } },
  { name: "contrast", look: { colorScheme: "light", contrast: "more" } },
] as const;

test("what the night shows is accessible in every look, wide and narrow", async ({ desk }, info) => {
  test.setTimeout(240_000);
  await desk.watcher.call("PUT", "/oncall/schedules/primary", { name: "Primary", zone: "Europe/Berlin", version: 0, rota: { people: ["carol", "bob"], begins: "2026-09-07T09:00", days: 7 } });
  await desk.agent.asks(MEDIUM);
  await desk.watcher.call("PUT", "/freeze", { scope: "agent", name: "rex", reason: "odd requests" });
  const eve = await Terminal.enroll(desk.server, "eve", "oncall");
  await eve.bypass("ask", "--repo", "shop", "--incident", "INC-7", "--reason", "The shop is down and nobody answers");
  for (const { name, look } of LOOKS) {
    await desk.page.emulateMedia(look);
    for (const width of [1280, 360]) {
      await desk.page.setViewportSize({ width, height: 860 });
      for (const place of ["emergency", "emergency/bypass", "emergency/reviews", "emergency/envelopes", "oncall", "oncall/line", "oncall/handover"]) {
        await desk.page.goto(`${desk.server.url}/#/${place}`);
        await expect(desk.page.locator("main h1")).toBeAttached();
        await desk.page.waitForLoadState("networkidle");
        await desk.page.screenshot({ path: info.outputPath(`${name}-${width}-${place.replaceAll("/", "-")}.png`) });
        const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `${place} at ${width} px`).toBeLessThanOrEqual(0);
        await desk.accessible(`${place} in ${name} at ${width} px`);
      }
    }
  }
  await eve.stop();
});
