/** An approval that needs a reason because the organisation wants one. */
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

async function open(more: Partial<ApprovalView>, prepare: (t: FakeTransport) => void = () => undefined) {
  const view = approval(more);
  const transport = new FakeTransport(view);
  prepare(transport);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  const user = userEvent.setup();
  await user.click(screen.getByTestId("approve"));
  return { transport, user };
}

const confirm = () => screen.getByTestId<HTMLButtonElement>("confirm-approve");
const reason = () => screen.getByTestId<HTMLInputElement>("reason");

describe("an approval that needs a reason", () => {
  it("waits for one, and blanks are none", async () => {
    const { user, transport } = await open({ level: "medium", reason_required: true });
    expect(screen.getByText(/Your organisation wants one/)).toBeDefined();
    expect(reason().required).toBe(true);
    await expectAccessible();
    await user.type(reason(), "   ");
    await act(() => new Promise((done) => setTimeout(done, 800)));
    expect(confirm().disabled).toBe(true);
    await user.type(reason(), "reviewed");
    await waitFor(() => expect(confirm().disabled).toBe(false));
    await user.click(confirm());
    expect(transport.drafts[0]).toMatchObject({ verdict: "approve", reason: "reviewed" });
  });

  it("is not one click, even at low risk", async () => {
    const { transport } = await open({ level: "low", reason_required: true });
    expect(screen.getByRole("dialog")).toBeDefined();
    expect(screen.queryByTestId("held-back")).toBeNull();
    expect(transport.drafts).toEqual([]);
  });

  it("cannot be held without one at high risk, in German too", async () => {
    prefer({ language: "de" });
    const { user } = await open({ level: "high", needs_step_up: true, reason_required: true });
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await act(() => new Promise((done) => setTimeout(done, 800)));
    expect(confirm().disabled).toBe(true);
    expect(screen.getByText(/Deine Organisation will/)).toBeDefined();
    await user.type(reason(), "geprüft");
    await waitFor(() => expect(confirm().disabled).toBe(false));
  });

  it("is asked for when only the server knew", async () => {
    const { user, transport } = await open({ level: "medium" }, (t) => {
      t.answer = ({ reason: given }) => (given === "" ? { state: "refused", code: "reason_required" } : { state: "recorded", ledgerIndex: 7 });
    });
    await waitFor(() => expect(confirm().disabled).toBe(false));
    await user.click(confirm());
    expect((await screen.findAllByText(/wants a reason with an approval at this level/)).length).toBeGreaterThan(0);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByTestId("approve"));
    await user.type(reason(), "seen");
    await waitFor(() => expect(confirm().disabled).toBe(false));
    await user.click(confirm());
    expect(transport.drafts.map((draft) => draft.reason)).toEqual(["", "seen"]);
  });

  it("stays voluntary where nobody wants one", async () => {
    await open({ level: "medium", reason_required: false });
    expect(reason().required).toBe(false);
    await waitFor(() => expect(confirm().disabled).toBe(false));
  });
});
