/**
 * Every screen in every look, at the window's usual size, at 200 % zoom of it (half as many CSS pixels) and on a narrow page:
 * axe with real colours, and a picture.
 */
import { MEDIUM, expect, test } from "./desk";

const LOOKS = [
  { name: "light", look: { colorScheme: "light", contrast: "no-preference" } },
  { name: "dark", look: { colorScheme: "dark", contrast: "no-preference" } },
  { name: "contrast", look: { colorScheme: "light", contrast: "more", reducedMotion: "reduce" } },
  { name: "forced", look: { colorScheme: "dark", forcedColors: "active" } },
] as const;

for (const { name, look } of LOOKS) {
  test(`every screen is accessible in ${name}`, async ({ desk }, info) => {
    await desk.page.emulateMedia(look);
    const id = await desk.agent.asks(MEDIUM);
    await desk.agent.asks("terraform destroy -auto-approve");
    const places = await desk.page.locator("nav a[href^='#/']").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(places.length).toBeGreaterThan(1);
    const settings = ["look", "keys", "devices"].map((part) => `#/settings/${part}`);
    for (const place of [...new Set(places), ...settings, `#/approvals/${id}`]) {
      for (const width of [1280, 640, 360]) {
        await desk.page.setViewportSize({ width, height: 860 });
        await desk.page.goto(`${desk.server.url}/${place}`);
        await expect(desk.page.locator("main")).toBeVisible();
        // The screen itself, and not the frame that waits for it.
        await expect(desk.page.locator("main :is(a, button, input, p, h2)").filter({ visible: true }).first()).toBeVisible();
        await expect(desk.page.locator("main [role='progressbar']")).toHaveCount(0);
        await desk.page.waitForLoadState("networkidle");
        const file = `${name}-${width}-${place.replaceAll(/\W+/g, "-")}.png`;
        await desk.page.screenshot({ path: info.outputPath(file) });
        const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `${place} at ${width} px needs no sideways scrolling`).toBeLessThanOrEqual(0);
        await desk.accessible(`${place} in ${name} at ${width} px`);
      }
    }
  });
}
