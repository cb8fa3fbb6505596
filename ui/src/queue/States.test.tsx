/** Every state of the queue and of an open request, each looked at by axe. */
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView, ConsoleState } from "../api/types";
import { approval, consoleState, device, material, NOW } from "../test/fixtures";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

interface Given {
  state?: Partial<ConsoleState>;
  approvals?: ApprovalView[];
  open?: boolean;
  prepare?: (transport: FakeTransport) => void;
}

function start({ state = {}, approvals = [], open = false, prepare }: Given) {
  const transport = new FakeTransport(...approvals);
  transport.console = consoleState(state);
  prepare?.(transport);
  if (open) location.hash = `#/approvals/${approvals[0]?.id ?? "0193-gone"}`;
  show(transport);
  return { transport, user: userEvent.setup() };
}

const never = () => new Promise<never>(() => undefined);

describe("the queue", () => {
  it("draws a skeleton only when loading takes long", async () => {
    start({ prepare: (t) => t.on("GET", /\/approvals$/, never) });
    expect(await screen.findByRole("progressbar", { name: "Loading" })).toBeDefined();
    await expectAccessible();
  });

  it("says that nothing waits, and what to expect", async () => {
    start({});
    expect(await screen.findByText("Nothing waits for you.")).toBeDefined();
    await expectAccessible();
  });

  it("says that nothing matches, which is another thing, and clears the search", async () => {
    const { user } = start({ approvals: [approval()] });
    await screen.findByTestId("approval-row");
    await user.type(screen.getByRole("searchbox"), "nothing like this");
    expect((await screen.findByTestId("empty-query")).textContent).toContain("Nothing matches “nothing like this”.");
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Clear the search" }));
    expect(await screen.findByTestId("approval-row")).toBeDefined();
  });

  it("shows what is known offline, and says since when", async () => {
    start({ state: { online: false }, approvals: [approval()] });
    expect((await screen.findByTestId("state-banner")).dataset["state"]).toBe("offline");
    expect(await screen.findByTestId("approval-row")).toBeDefined();
    await expectAccessible();
  });

  it("says that it is not live", async () => {
    start({ state: { stale: true }, approvals: [approval()] });
    expect((await screen.findByTestId("state-banner")).dataset["state"]).toBe("stale");
    expect(await screen.findByTestId("approval-row")).toBeDefined();
    await expectAccessible();
  });

  it("says what failed, and tries again", async () => {
    const { transport, user } = start({ approvals: [approval()], prepare: (t) => (t.failure = { status: 500, code: "internal", detail: "The store did not answer." }) });
    expect(await screen.findByText("The store did not answer.")).toBeDefined();
    await expectAccessible();
    transport.failure = null;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("approval-row")).toBeDefined();
  });

  it("shows a vote that lost against another, under Unsent, until it is dismissed", async () => {
    const { user } = start({
      prepare: (t) =>
        (t.items = [{ id: "1", approvalId: "a", verdict: "approve", title: "Run: ls", state: "needs_you", code: "superseded", madeAt: NOW }]),
    });
    await user.click(await screen.findByRole("tab", { name: /Unsent/ }));
    const list = within(await screen.findByRole("list", { name: "Unsent votes" }));
    expect(list.getByText(/replaced by a newer one/)).toBeDefined();
    await expectAccessible();
    await user.click(list.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByText(/replaced by a newer one/)).toBeNull());
  });

  it("shows nothing while it is locked", async () => {
    start({ state: { mode: "locked", locked_code: "keyring_locked" }, approvals: [approval({ title: "Run: secret" })] });
    expect(await screen.findByRole("heading", { name: /Locked/ })).toBeDefined();
    expect(screen.queryByText("Run: secret")).toBeNull();
    await expectAccessible();
  });

  it("says to whom it does not belong", async () => {
    start({ state: { role: "developer" }, approvals: [approval()] });
    expect(await screen.findByText(/Your role \(developer\) does not decide/)).toBeDefined();
    expect(screen.getByText("1 request waits for others.")).toBeDefined();
    await expectAccessible();
  });
});

describe("an open request", () => {
  const why = async () => (await screen.findByTestId("why-not")).textContent ?? "";

  it("is a skeleton while it is read", async () => {
    start({ open: true, prepare: (t) => t.on("GET", /\/approvals\/[\w-]+$/, never) });
    expect(await screen.findByRole("progressbar", { name: "Loading" })).toBeDefined();
    await expectAccessible();
  });

  it("says that it is not there", async () => {
    start({
      open: true,
      prepare: (t) =>
        t.on("GET", /\/approvals\/[\w-]+$/, () => {
          throw new FakeProblem({ status: 404, code: "not_found", detail: "There is no such approval." });
        }),
    });
    expect(await screen.findByText("There is no such approval.")).toBeDefined();
    expect(screen.queryByTestId("approve")).toBeNull();
    await expectAccessible();
  });

  it("begins with one line in our words, the time left and what happens at its end", async () => {
    start({ open: true, approvals: [approval({ material: material({ environment: "prod" }) })] });
    const line = (await screen.findByTestId("one-line")).textContent;
    expect(line).toBe("nova for dana wants this on auth-service, in prod. Nobody proved a way back.");
    expect(screen.getByText(/at .* it expires, and nothing runs/)).toBeDefined();
    expect(screen.getByTestId("rule").textContent).toContain("above_threshold");
    expect(screen.getByTestId("change-it").textContent).toContain("A threshold of at least 0.100");
    await expectAccessible();
  });

  it("takes a reject but no grave approve offline", async () => {
    start({ open: true, state: { online: false }, approvals: [approval({ level: "high" })] });
    expect(await why()).toContain("Approve needs a connection at this level.");
    expect(screen.queryByTestId("approve")).toBeNull();
    expect(screen.getByTestId("reject")).toBeDefined();
    expect(screen.getByTestId("snooze")).toBeDefined();
    await expectAccessible();
  });

  it("waits for a fresh read when it is grave and not live", async () => {
    start({ open: true, state: { stale: true }, approvals: [approval({ level: "critical" })] });
    expect(await why()).toContain("Not live");
    await expectAccessible();
  });

  it("says that it changed while it was open, and loses its controls when it ends", async () => {
    const view = approval({ level: "medium" });
    const { transport } = start({ open: true, approvals: [view] });
    await screen.findByTestId("approve");
    act(() => transport.push({ ...view, version: 2, policy_hash: "ef".repeat(32) }));
    expect(await screen.findByTestId("changed")).toBeDefined();
    await expectAccessible();
    act(() => transport.push({ ...view, version: 3, status: "cancelled", ended_at: NOW }));
    expect((await screen.findByTestId("ended")).textContent).toContain("Its requester withdrew it.");
    for (const control of ["approve", "reject", "snooze", "more"]) expect(screen.queryByTestId(control)).toBeNull();
    await expectAccessible();
  });

  it("says who can decide to whom may not", async () => {
    start({ open: true, state: { role: "auditor" }, approvals: [approval()] });
    expect(await why()).toBe("Your role (auditor) does not decide. Can decide: alice, bob.");
    for (const control of ["approve", "reject", "snooze"]) expect(screen.queryByTestId(control)).toBeNull();
    await expectAccessible();
  });

  it("has no Approve when something of it cannot be shown, or the device may not", async () => {
    start({ open: true, approvals: [approval({ material: material({ shell: "zsh" }) })], state: { device: device({ ceiling: "low" }) } });
    expect((await screen.findByTestId("material-problems")).textContent).toContain("“shell”");
    expect(screen.queryByTestId("approve")).toBeNull();
    await expectAccessible();
  });

  it("tells who was alerted and why, and that others read it", async () => {
    const alerts = [{ step: 0, users: ["eva"], cause: "snoozed", at: NOW }];
    start({ open: true, approvals: [approval({ id: "0193-x", alerts })], state: { reading: { "0193-x": ["bob", "cleo"] } } });
    expect((await screen.findByTestId("alerts")).textContent).toContain("too few were left after it was put off");
    expect(screen.getByTestId("present").textContent).toBe("bob, cleo are reviewing this now.");
    await expectAccessible();
  });

  it("offers more by its button and by a key, and the question by c", async () => {
    const { user } = start({ open: true, approvals: [approval()] });
    await screen.findByTestId("more");
    await user.keyboard(".");
    expect((await screen.findAllByRole("menuitem")).map((item) => item.textContent)).toEqual([
      "I am on it", "One hour more", "Copy the link", "Copy the digest",
    ]);
    await expectAccessible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
    await user.keyboard("c");
    expect(document.activeElement).toBe(screen.getByTestId("remark"));
  });
});
