/** An approver at a browser who has a keyboard and no mouse; and the agent whose actions wait for them. */
import { violations } from "./axe";
import { expect, test as base, type Locator, type Page } from "@playwright/test";
import { Server, type Caller } from "./server";

/** Medium by what it writes to. */
export const MEDIUM = "echo ran >> auth/session.py";

export class Desk {
  constructor(
    readonly page: Page,
    readonly server: Server,
    readonly agent: Caller,
    readonly watcher: Caller,
  ) {}

  by(id: string): Locator {
    return this.page.getByTestId(id);
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Walks with Tab until this has the focus; says so when it cannot be reached. */
  async tabTo(target: Locator): Promise<void> {
    await expect(target).toBeVisible();
    for (let step = 0; step < 150; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${target.toString()}`);
  }

  async type(target: Locator, text: string): Promise<void> {
    await this.tabTo(target);
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.type(text);
  }

  /** Opens a request as a reader of the list does: `j` or `k` until it is marked, then Enter; new ones are let in first. */
  async open(id: string): Promise<void> {
    const held = this.by("new-requests");
    await expect(async () => {
      if (await held.isVisible()) {
        await this.tabTo(held);
        await this.press("Space");
      }
      await this.mark(id);
      await this.press("Enter");
      await expect(this.page.locator(`[data-testid='detail'][data-approval-id='${id}']`)).toBeVisible({ timeout: 1_000 });
    }).toPass();
  }

  /** Moves the mark of the list to a request that stands in it. */
  async mark(id: string): Promise<void> {
    const row = this.page.locator(`[data-testid='approval-row'][data-approval-id='${id}']`);
    await expect(row).toBeVisible({ timeout: 1_000 });
    for (let step = 0; step < 60; step += 1) {
      const way = await this.page.evaluate((wanted) => {
        const rows = [...document.querySelectorAll<HTMLElement>("[data-testid=approval-row]")];
        const at = rows.findIndex((one) => one.dataset["cursor"] === "true");
        const to = rows.findIndex((one) => one.dataset["approvalId"] === wanted);
        return to === at ? null : at >= 0 && to < at ? "k" : "j";
      }, id);
      if (way === null) return;
      await this.press(way);
    }
    throw new Error(`j and k do not reach ${id}`);
  }

  /** Reads to the end of what must be seen. */
  async read(): Promise<void> {
    const more = this.by("read-on");
    const end = this.by("approve").or(this.by("why-not"));
    await expect(async () => {
      // Walking there may show the rest, and what leads there is gone then.
      if (await more.isVisible()) {
        await this.press("Tab");
        if (await more.evaluate((element) => element === document.activeElement, undefined, { timeout: 500 })) await this.press("Space");
      }
      await expect(end.first()).toBeVisible({ timeout: 200 });
    }).toPass({ intervals: [20] });
    // Letters act outside of fields only.
    while (await this.page.evaluate(() => document.activeElement?.matches("input, textarea") ?? false)) await this.press("Tab");
  }

  async status(id: string, status: string): Promise<Record<string, unknown>> {
    let view: Record<string, unknown> = {};
    await expect(async () => {
      view = await this.watcher.call("GET", `/approvals/${id}`);
      expect(view["status"]).toBe(status);
    }).toPass({ timeout: 60_000 });
    return view;
  }

  /** No violation of WCAG 2.2 AA as axe sees it in a real layout, colours included. */
  async accessible(where: string): Promise<void> {
    expect(await violations(this.page), where).toEqual([]);
  }
}

export const test = base.extend<{ server: Server; desk: Desk }>({
  // eslint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  desk: async ({ page, server }, use, info) => {
    const root = await server.as("root", "admin");
    await root.call("PUT", "/policy/alice", { level: "minimal" });
    const agent = await server.as("alice", "agent", "coder");
    const watcher = await server.as("carol", "admin");
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    await page.addInitScript(() => {
      globalThis.addEventListener("pointerdown", () => document.documentElement.setAttribute("data-mouse", ""), true);
    });
    await page.goto(await server.webLink("bob", "approver"));
    await expect(page.getByTestId("connection")).toBeVisible();
    const desk = new Desk(page, server, agent, watcher);
    await use(desk);
    await page.screenshot({ path: info.outputPath("end.png"), fullPage: true });
    expect(faults, "nothing was thrown").toEqual([]);
    expect(await page.locator("html").getAttribute("data-mouse"), "by keyboard alone").toBeNull();
  },
});
export { expect };
