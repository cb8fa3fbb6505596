/** Rejecting and pausing the agent in one go. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { StopWish } from "../api/types";
import { approval } from "../test/fixtures";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

async function open(answer: (wish: StopWish) => unknown, agent: string | null = "nova") {
  const view = approval({ agent });
  const transport = new FakeTransport(view);
  const wishes: StopWish[] = [];
  transport.on("PUT", /\/freeze$/, ({ body }) => {
    wishes.push(body as StopWish);
    return answer(body as StopWish);
  });
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { transport, wishes, user: userEvent.setup() };
}

describe("Shift+R", () => {
  it("rejects and pauses the agent, for the same reason", async () => {
    const { transport, wishes, user } = await open(() => ({}));
    await user.keyboard("R");
    expect(await screen.findByRole("dialog", { name: "Reject and pause the agent" })).toBeDefined();
    await expectAccessible();
    await user.type(screen.getByTestId("reason"), "it deletes");
    await user.click(screen.getByTestId("confirm-reject"));
    await waitFor(() => expect(wishes).toEqual([{ scope: "agent", name: "nova", reason: "it deletes" }]));
    expect(transport.drafts).toMatchObject([{ verdict: "reject", reason: "it deletes" }]);
  });

  it("says on every screen that the pause failed, while the reject stands", async () => {
    const { transport, user } = await open(() => {
      throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
    });
    await user.keyboard("R");
    await user.click(await screen.findByTestId("confirm-reject"));
    expect((await screen.findByTestId("failed-pause")).textContent).toContain("nova is not paused. Your role may not do this.");
    expect(transport.drafts).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByTestId("failed-pause")).toBeNull());
  });
});

describe("a plain reject", () => {
  it("pauses nobody, unless that is chosen", async () => {
    const { transport, wishes, user } = await open(() => ({}));
    await user.keyboard("r");
    await user.click(await screen.findByTestId("confirm-reject"));
    await waitFor(() => expect(transport.drafts).toHaveLength(1));
    expect(wishes).toEqual([]);
  });

  it("has no agent to pause where a person asked", async () => {
    const { user } = await open(() => ({}), null);
    await user.keyboard("R");
    await screen.findByTestId("confirm-reject");
    expect(screen.queryByTestId("pause-agent")).toBeNull();
    expect(screen.getByTestId("confirm-reject").textContent).toBe("Reject");
  });
});
