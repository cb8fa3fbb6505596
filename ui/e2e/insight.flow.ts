/** Insight, grants and the record with something in them: every look, a narrow page, large text; and the files. */
import { expect, test, type Desk } from "./desk";

const LOOKS = [
  { name: "light", look: { colorScheme: "light", contrast: "no-preference" } },
  { name: "dark", look: { colorScheme: "dark", contrast: "no-preference" } },
  { name: "contrast", look: { colorScheme: "light", contrast: "more" } },
] as const;
/** The last one is the usual window at 200 %. */
const SIZES = [
  { name: "wide", width: 1280, height: 1000 },
  { name: "narrow", width: 360, height: 860 },
  { name: "large", width: 640, height: 450 },
];

async function busyDay(desk: Desk): Promise<void> {
  for (const command of ["ls", "git status", "npm test", "cat README.md", "terraform destroy -auto-approve", "rm -rf /"]) {
    for (let time = 0; time < 3; time += 1) {
      await desk.agent.call("POST", "/evaluate", { action_type: "command_run", context: { command: `${command} #${time}`, repo: "shop" } });
    }
  }
  await desk.watcher.call("POST", "/delegations", {
    from: "bob",
    to: "carol",
    starts_at: Date.now() * 1000,
    ends_at: (Date.now() + 86_400_000) * 1000,
    reason: "On holiday",
  });
}

test("insight, delegations and the record are drawn and accessible in every look and size", async ({ desk }, info) => {
  test.setTimeout(180_000);
  await busyDay(desk);
  const { page } = desk;
  const places = [
    { hash: "#/insight", drawn: page.locator("[data-testid=chart-decisions-by-level] svg.recharts-surface").first() },
    { hash: "#/grants/delegations", drawn: desk.by("delegation") },
    { hash: "#/grants", drawn: page.getByText("No agent may repeat anything.") },
    { hash: "#/record?kind=decision", drawn: desk.by("entry-row").first() },
  ];
  for (const { name, look } of LOOKS) {
    await page.emulateMedia(look);
    for (const { name: size, ...viewport } of SIZES) {
      await page.setViewportSize(viewport);
      for (const { hash, drawn } of places) {
        await page.goto(`${desk.server.url}/${hash}`);
        await expect(drawn).toBeVisible();
        await drawn.scrollIntoViewIfNeeded();
        await expect(drawn, `${hash} can be reached in ${name}, ${size}`).toBeInViewport();
        await page.screenshot({ path: info.outputPath(`${name}-${size}-${hash.replaceAll(/\W+/g, "-")}.png`) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `${hash} in ${name}, ${size}`).toBeLessThanOrEqual(0);
        await desk.accessible(`${hash} in ${name}, ${size}`);
      }
    }
  }
});

test("a chart becomes a table by keyboard, and its rows a file", async ({ desk }) => {
  await busyDay(desk);
  await desk.press("g", "i");
  await desk.tabTo(desk.page.getByRole("button", { name: "Show Decisions by level as a table" }));
  await desk.press("Enter");
  await expect(desk.by("chart-decisions-by-level").getByRole("table")).toBeVisible();
  await desk.tabTo(desk.page.getByRole("button", { name: "Download Decisions by level as CSV" }));
  const [file] = await Promise.all([desk.page.waitForEvent("download"), desk.press("Enter")]);
  expect(file.suggestedFilename()).toBe("decisions-by-level.csv");
});

test("the record is taken as CSV and as a bundle by keyboard", async ({ desk }) => {
  await desk.agent.asks("terraform destroy -auto-approve");
  await desk.press("g", "a");
  await expect(desk.by("entry-row").first()).toBeVisible();
  for (const [moves, name] of [[0, "record.csv"], [1, "record.navi.jsonl"]] as const) {
    await desk.press("e");
    const chosen = desk.page.getByRole("radio", { checked: true });
    await desk.tabTo(chosen);
    for (let up = 0; up < moves; up += 1) await desk.press("ArrowUp");
    await desk.tabTo(desk.by("confirm-export"));
    const [file] = await Promise.all([desk.page.waitForEvent("download"), desk.press("Enter")]);
    expect(file.suggestedFilename()).toBe(name);
    await expect(desk.page.getByText(`Written: ${name}.`)).toBeVisible();
  }
});
