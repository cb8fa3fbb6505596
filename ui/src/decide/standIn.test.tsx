/** Voting for somebody who delegated their vote. */
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { approval, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { undo } from "./held";
import { standsFor, type DelegationView } from "./standIn";

const DAY = 86_400_000_000;

afterEach(() => {
  while (undo());
});

function delegation(more: Partial<DelegationView> = {}): DelegationView {
  return { id: "d-1", from: "bob", to: "alice", reason: "", created_at: NOW, starts_at: NOW - DAY, ends_at: NOW + DAY, in_force: true, ...more };
}

const vote = (user: string, for_user?: string) => ({ user, verdict: "approve", surface: "web", reason: "", at: NOW, own_request: false, ...(for_user ? { for_user } : {}) });

describe("for whom else one may vote", () => {
  const now = NOW / 1000;
  const view = approval({ requester: "dana", deciders: ["alice", "bob", "carol"], quorum: 2 });
  const names = (all: DelegationView[], more: Partial<typeof view> = {}) => standsFor({ ...view, ...more }, "alice", all, now).map((d) => d.from);

  it("is whose delegation to one is in force, and who may decide it", () => {
    expect(names([delegation(), delegation({ from: "carol" })])).toEqual(["bob", "carol"]);
    expect(names([delegation({ to: "carol" })])).toEqual([]);
    expect(names([delegation({ starts_at: NOW + 1 }), delegation({ ends_at: NOW - 1 }), delegation({ revoked_at: NOW })])).toEqual([]);
    expect(names([delegation({ from: "eve" })])).toEqual([]);
  });

  it("is nobody whose place is filled, nor the requester, nor anybody after one's own vote", () => {
    expect(names([delegation()], { votes: [vote("bob")] })).toEqual([]);
    expect(names([delegation()], { votes: [vote("carol", "bob")] })).toEqual([]);
    expect(names([delegation()], { votes: [vote("alice")] })).toEqual([]);
    expect(names([delegation()], { requester: "bob" })).toEqual([]);
    expect(names([delegation()], { requester: "alice" })).toEqual([]);
  });

  it("is each once, with the delegation that lasts longest", () => {
    const found = standsFor(view, "alice", [delegation(), delegation({ id: "d-2", ends_at: NOW + 2 * DAY })], now);
    expect(found.map((d) => d.id)).toEqual(["d-2"]);
  });
});

describe("a delegate", () => {
  async function open(delegations: DelegationView[]) {
    const view = approval({ level: "medium", requester: "dana" });
    const transport = new FakeTransport(view);
    transport.delegations = delegations;
    location.hash = `#/approvals/${view.id}`;
    show(transport);
    await screen.findByTestId("detail");
    return { transport, user: userEvent.setup() };
  }

  it("votes in their own name unless they choose, and reads for whom before and while confirming", async () => {
    const { transport, user } = await open([delegation()]);
    const choice = await screen.findByLabelText("Whose vote");
    expect(within(choice).getAllByRole("option").map((o) => o.textContent)).toEqual([
      "My own",
      expect.stringMatching(/^For bob, delegated until /),
    ]);
    await user.click(screen.getByTestId("approve"));
    expect(screen.queryByTestId("whose")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.selectOptions(choice, "bob");
    await expectAccessible();
    await user.click(screen.getByTestId("approve"));
    expect((await screen.findByTestId("whose")).textContent).toMatch(/^For bob, delegated until /);
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("confirm-approve").disabled).toBe(false));
    await user.click(screen.getByTestId("confirm-approve"));
    await waitFor(() => expect(transport.drafts).toHaveLength(1));
    expect(transport.drafts[0]).toMatchObject({ verdict: "approve", forUser: "bob" });
  });

  it("casts nothing when the delegation ends meanwhile, until they say that it is their own", async () => {
    const { transport, user } = await open([delegation()]);
    await user.selectOptions(await screen.findByLabelText("Whose vote"), "bob");
    transport.delegations = [];
    act(() => transport.tell("rights"));
    expect(await screen.findByText("The delegation by bob is over.")).toBeDefined();
    expect(screen.getByTestId<HTMLButtonElement>("approve").disabled).toBe(true);
    expect(screen.getByTestId<HTMLButtonElement>("reject").disabled).toBe(true);
    await user.click(screen.getByRole("button", { name: "Vote as yourself" }));
    await user.click(screen.getByTestId("reject"));
    await user.click(await screen.findByTestId("confirm-reject"));
    await waitFor(() => expect(transport.drafts).toHaveLength(1));
    expect(transport.drafts[0]).not.toHaveProperty("forUser");
  });

  it("is not asked where nobody delegated", async () => {
    await open([]);
    await screen.findByTestId("approve");
    expect(screen.queryByTestId("vote-for")).toBeNull();
  });
});
