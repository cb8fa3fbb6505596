/** What must be seen before deciding: the whole diff with what hides in it, the way back, and what was decided before. */
import { expect, test } from "./desk";

const DIFF = [
  "--- a/README.md", "+++ b/README.md", "@@ -1 +1 @@", "-old", "+new",
  "--- a/auth/login.py", "+++ b/auth/login.py", "@@ -1,2 +1,2 @@", " def allowed(user):",
  "-    return user.admin", "+    return True  # \u202E nimda kcehc",
].join("\n");

const edit = (diff: string) => ({
  action_type: "code_edit",
  context: { target_files: ["auth/login.py"], repo: "shop", branch: "main", session_id: "s1", diff, rollback: "git revert" },
});

test("a diff shows what hides in it, and the second request what was decided before", async ({ desk }) => {
  const first = await desk.agent.call("POST", "/evaluate", edit(DIFF));
  const id = String(first["approval_id"]);
  await desk.open(id);
  await expect(desk.by("diff")).toContainText("<U+202E>");
  await desk.press("n");
  await expect(desk.by("risky-at")).toHaveText(/^1 of/);
  await expect(desk.by("rollback")).toContainText("git revert");
  await expect(desk.by("rollback")).not.toHaveAttribute("data-state", "verified");
  await expect(desk.by("precedents")).toContainText("All of it is new");
  await desk.press("r");
  await desk.type(desk.by("reason"), "no");
  await desk.tabTo(desk.by("confirm-reject"));
  await desk.press("Space");
  await desk.status(id, "rejected");

  const second = await desk.agent.call("POST", "/evaluate", {
    ...edit(DIFF),
    context: { ...edit(DIFF.replace("True", "user.root")).context, session_id: "s2", branch: "release" },
  });
  // While one is open the list stands still.
  await desk.press("Escape");
  await desk.open(String(second["approval_id"]));
  await expect(desk.by("precedents")).toContainText("Rejected by bob");
  await expect(desk.by("news")).toContainText("branch release");
  await desk.accessible("the detail");
});

const long = (path: string, lines: number) =>
  [`--- a/${path}`, `+++ b/${path}`, `@@ -1,${lines} +1,${lines} @@`, ...Array.from({ length: lines }, (_, n) => [`-old ${n}`, `+new ${n}`]).flat()].join("\n");

test("a long diff is read to its end in two columns before it is approved", async ({ desk }, info) => {
  const diff = [long("README.md", 3), long("auth/session.py", 60), long("src/app.ts", 60)].join("\n");
  const asked = await desk.agent.call("POST", "/evaluate", {
    action_type: "code_edit",
    context: { target_files: ["auth/session.py"], repo: "shop", branch: "feature", session_id: "s1", diff },
  });
  await desk.open(String(asked["approval_id"]));
  await expect(desk.by("diff-file")).toHaveCount(3);
  await desk.press("d");
  await expect(desk.by("diff")).toHaveAttribute("data-layout", "split");
  await expect(desk.by("diff-row").first()).toContainText("+new 0");
  await desk.accessible("a diff in two columns");
  await desk.page.screenshot({ path: info.outputPath("split.png") });
  await desk.page.emulateMedia({ colorScheme: "dark" });
  await desk.accessible("a diff in two columns, in the dark");
  await desk.page.screenshot({ path: info.outputPath("split-dark.png") });
  await expect(desk.page.locator("[data-testid='diff-file'][data-looked='true']")).not.toHaveCount(3);
  await expect(async () => {
    await desk.press("f");
    await expect(desk.page.locator("[data-testid='diff-file'][data-looked='true']")).toHaveCount(3, { timeout: 100 });
  }).toPass({ intervals: [20] });
  await expect(desk.by("unread")).toHaveCount(0);
  // The choice is kept.
  await desk.page.reload();
  await expect(desk.by("diff")).toHaveAttribute("data-layout", "split");
  // Where there is no room, one column.
  await desk.page.setViewportSize({ width: 360, height: 860 });
  await expect(desk.by("diff")).toHaveAttribute("data-layout", "unified");
  await desk.accessible("a diff without room");
  await desk.page.screenshot({ path: info.outputPath("narrow.png") });
});

test("a plan is read as steps", async ({ desk }, info) => {
  const step = (id: string, more: Record<string, unknown>) => ({ id, action_type: "command_run", command: `make ${id}`, cwd: "/src/shop", timeout_secs: 600, ...more });
  const steps = [step("build", { files: ["out/**"], verify: "test -s out/app" }), step("pack", { after: ["build"], rollback: "captured", retries: 2 })];
  const asked = await desk.agent.call("POST", "/evaluate", {
    action_type: "plan",
    context: { repo: "shop", cwd: "/src/shop", session_id: "s1", args: { name: "release 1.4", budget: { runs: 8, minutes: 30 }, steps } },
  });
  await desk.open(String(asked["approval_id"]));
  await expect(desk.by("plan-step")).toHaveCount(2);
  await expect(desk.by("plan-step").nth(1)).toContainText("at most 3");
  await desk.tabTo(desk.by("plan").locator("summary"));
  await desk.press("Enter");
  await expect(desk.by("plan").getByTestId("code")).toContainText('"timeout_secs": 600');
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [360, "light"]] as const) {
    await desk.page.setViewportSize({ width, height: 860 });
    await desk.page.emulateMedia({ colorScheme: scheme });
    await desk.accessible(`a plan at ${width} px, ${scheme}`);
    await desk.page.screenshot({ path: info.outputPath(`plan-${width}-${scheme}.png`) });
  }
});
