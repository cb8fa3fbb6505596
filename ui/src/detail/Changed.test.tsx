/** What was signed beside what it is now. */
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { approval, material, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

async function open(view: ApprovalView, ...others: ApprovalView[]) {
  const transport = new FakeTransport(view, ...others);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { transport, user: userEvent.setup() };
}

const sides = () =>
  within(screen.getByTestId("side-by-side"))
    .getAllByRole("row")
    .map((row) => [...row.children].map((cell) => cell.textContent));

describe("a request that changed", () => {
  it("while it was open shows what it was and what it is, in every term that differs", async () => {
    const view = approval({ level: "medium" });
    const { transport } = await open(view);
    act(() => transport.push({ ...view, level: "high", quorum: 2, needs_step_up: true, policy_hash: "ef".repeat(32), version: 2 }));
    expect((await screen.findByTestId("changed")).textContent).toContain("changed since you opened this");
    expect(sides()).toEqual([
      ["Part", "When you opened it", "What it is now"],
      ["Level", "Medium", "High"],
      ["People needed", "1", "2"],
      ["Step-up key", "not needed", "needed"],
      ["Hash of all that decided", "cdcdcdcd", "efefefef"],
    ]);
    await expectAccessible();
  });

  it("under a decision shows what was signed, also after the request was left", async () => {
    const view = approval({ level: "medium" });
    const { transport, user } = await open(view);
    transport.answer = () => {
      transport.approvals.set(view.id, { ...view, quorum: 2, policy_hash: "ef".repeat(32), version: 2 });
      return { state: "refused", code: "policy_changed" };
    };
    await user.click(screen.getByTestId("approve"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("confirm-approve").disabled).toBe(false));
    await user.click(screen.getByTestId("confirm-approve"));
    expect((await screen.findByTestId("changed")).textContent).toContain("not what you signed any more");
    expect((await screen.findByTestId("outcome")).textContent).toContain("New: 2 people must approve it, not 1.");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("detail")).toBeNull());
    await user.click(await screen.findByTestId("open-uncounted"));
    await screen.findByTestId("changed");
    expect(sides()[0]).toEqual(["Part", "What you signed", "What it is now"]);
    expect(sides()[1]).toEqual(["People needed", "1", "2"]);
  });

  it("and was replaced is shown beside what took its place, hidden characters spelled out", async () => {
    const next = approval({ level: "low", title: "The newer one", material: material({ command: "npm test \u202E now" }) });
    const vote = { user: "alice", verdict: "approve", surface: "web", reason: "", at: NOW };
    const { user } = await open(approval({ status: "superseded", superseded_by: next.id, ended_at: NOW, votes: [vote] }), next);
    await screen.findByTestId("side-by-side");
    expect(sides()).toEqual([["Part", "What you signed", "What it is now"], ["Command", "npm test", "npm test <U+202E> now"]]);
    expect(screen.getByTestId("ended").textContent).toContain("Your decision does not carry over.");
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Open the request that replaced it" }));
    expect(await screen.findByRole("heading", { level: 2, name: "The newer one" })).toBeDefined();
  });
});
