/** What must be read is read before it can be approved, low risk can be taken back, and what changed is shown beside what it was. */
import { MEDIUM, expect, test } from "./desk";

const LONG = `npm test -- ${Array.from({ length: 400 }, (_, nth) => `--only suite-${nth}`).join(" ")}`;

test("a command of many screens is approved only after each of them was in view", async ({ desk }) => {
  const id = await desk.agent.asks(LONG);
  await desk.open(id);
  await expect(desk.by("read-on")).toBeVisible();
  await desk.by("material-end").evaluate((end) => end.scrollIntoView());
  await expect(desk.by("material-end")).toBeInViewport();
  await expect(desk.by("read-on")).toBeVisible();
  await expect(desk.by("approve")).toBeHidden();
  await desk.read();
  await expect(desk.by("approve")).toBeVisible();
  expect((await desk.status(id, "pending"))["votes"]).toEqual([]);
});

test("a low approve is taken back within its seconds, and then given", async ({ desk }) => {
  const id = await desk.agent.asks("npm test -- --shard 1");
  await desk.open(id);
  await desk.read();
  await desk.press("a");
  await expect(desk.by("held-back")).toBeVisible();
  await desk.accessible("what is held back");
  await desk.press("z");
  await expect(desk.by("held-back")).toBeHidden();
  expect((await desk.status(id, "pending"))["votes"]).toEqual([]);
  await desk.press("a");
  await expect(desk.by("held-back")).toBeVisible();
  // It goes on when the list is shown again.
  await desk.press("Escape");
  expect(JSON.stringify((await desk.status(id, "approved"))["votes"])).toContain("bob");
});

test("a command that a person edits is shown beside what was asked", async ({ desk, server }) => {
  const id = await desk.agent.asks(MEDIUM);
  await desk.open(id);
  const erin = await server.as("erin", "approver");
  await erin.call("POST", `/approvals/${id}/edit`, { command: "echo ran >> auth/session.test.py", reason: "only the test" });
  await expect(desk.by("ended")).toHaveAttribute("data-status", "superseded");
  await expect(desk.by("side-by-side")).toContainText("auth/session.test.py");
  await desk.accessible("both sides");
});
