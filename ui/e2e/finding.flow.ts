/** Finding the way: search, keys, palette, help, screens. */
import { MEDIUM, expect, test } from "./desk";

test("the search finds one of many", async ({ desk }) => {
  const wanted = await desk.agent.asks("echo needle >> auth/session.py");
  for (let nth = 0; nth < 5; nth += 1) await desk.agent.asks(`echo hay ${nth} >> auth/session.py`);
  await desk.press("/");
  await desk.page.keyboard.type("needle");
  const rows = desk.by("approval-row");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toHaveAttribute("data-approval-id", wanted);
});

test("help lists the keys, and letters can be switched off", async ({ desk }) => {
  await desk.press("?");
  await expect(desk.page.getByRole("dialog")).toBeVisible();
  await desk.accessible("the help");
  await desk.press("Escape");
  await expect(desk.page.getByRole("dialog")).toBeHidden();
});

test("the palette goes to the record", async ({ desk }) => {
  await desk.press("Control+k");
  await expect(desk.page.getByRole("dialog")).toBeVisible();
  await desk.page.keyboard.type("record");
  await desk.press("Enter");
  await expect(desk.page).toHaveURL(/#\/record/);
});

test("the record is read with j, k and Enter", async ({ desk }) => {
  await desk.agent.asks(MEDIUM);
  await desk.press("g", "a");
  await expect(desk.by("entry-row").first()).toBeVisible();
  await desk.press("j", "j", "Enter");
  await expect(desk.page).toHaveURL(/#\/record\/\d+/);
  await desk.accessible("the record");
});
