/** The decisions, each by keyboard alone, each read back from the server by somebody else. */
import { MEDIUM, expect, test } from "./desk";

test("a medium request is read and approved", async ({ desk }) => {
  const id = await desk.agent.asks(MEDIUM);
  await desk.open(id);
  await desk.read();
  await desk.press("a");
  const confirm = desk.by("confirm-approve");
  await desk.tabTo(confirm);
  await expect(confirm).toBeEnabled();
  await desk.press("Space");
  const view = await desk.status(id, "approved");
  expect(JSON.stringify(view["votes"])).toContain("bob");
});

test("Enter approves nothing", async ({ desk }) => {
  const id = await desk.agent.asks(MEDIUM);
  await desk.open(id);
  await desk.read();
  await desk.press("a");
  await expect(desk.by("confirm-approve")).toBeEnabled();
  await desk.press("Enter", "Enter");
  await desk.press("Escape");
  await expect(desk.by("confirm-approve")).toBeHidden();
  expect((await desk.status(id, "pending"))["votes"]).toEqual([]);
});

test("a request is rejected with a reason that the agent gets", async ({ desk }) => {
  const id = await desk.agent.asks(MEDIUM);
  await desk.open(id);
  await desk.press("r");
  await desk.type(desk.by("reason"), "use the staging file");
  await desk.tabTo(desk.by("confirm-reject"));
  await desk.press("Space");
  const view = await desk.status(id, "rejected");
  expect(JSON.stringify(view["votes"])).toContain("use the staging file");
});

test("a high request says why this browser cannot approve it", async ({ desk }) => {
  const id = await desk.agent.asks("terraform destroy -auto-approve");
  await desk.open(id);
  await desk.read();
  await expect(desk.by("why-not")).toBeVisible();
  await desk.press("a");
  await expect(desk.by("confirm-approve")).toBeHidden();
});
