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
