/** A refusal is never lost: not by opening another request, not by leaving the screen, not by closing the page. */
import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { Outcome } from "../api/types";
import { approval, chain, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { undo } from "./held";

/** Longer than an approval is held back. */
const SENT = { timeout: 30_000 };

afterEach(() => {
  while (undo());
});

async function start(kind: "desktop" | "web", answer: () => Outcome | Promise<Outcome>) {
  const first = approval({ title: "The first\u202E one" });
  const second = approval({ title: "The second" });
  const transport = new FakeTransport(first, second);
  transport.kind = kind;
  transport.answer = answer;
  location.hash = `#/approvals/${first.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { first, second, transport, user: userEvent.setup() };
}

const leave = (hash: string) => act(() => {
  location.hash = hash;
  globalThis.dispatchEvent(new HashChangeEvent("hashchange"));
});

describe("a low approve that is refused after its five seconds", () => {
  it("is told on the next request, said at once, and stays until it is dismissed", async () => {
    const { first, second, transport, user } = await start("web", () => ({ state: "refused", code: "digest_mismatch" }));
    await user.click(screen.getByTestId("approve"));
    leave(`#/approvals/${second.id}`);
    const row = await screen.findByTestId("uncounted-decision", {}, SENT);
    expect(row.dataset["approvalId"]).toBe(first.id);
    expect(row.textContent).toContain("Your approval of “The first<U+202E> one” did not count.");
    expect(row.textContent).toContain("The action changed after you read it.");
    await waitFor(() => expect(screen.getByTestId("live-urgent").textContent).toContain("The action changed after you read it."));
    await expectAccessible();

    leave("#/settings/look");
    expect(screen.getByTestId("uncounted-decision")).toBeDefined();
    cleanup();
    location.hash = "#/";
    show(transport);
    await user.click(within(await screen.findByTestId("uncounted-decision")).getByTestId("open-uncounted"));
    expect((await screen.findByTestId("outcome")).textContent).toContain("Your decision did not count.");
    expect(screen.queryByTestId("uncounted-decision")).toBeNull();
    await user.click(screen.getByTestId("dismiss-outcome"));
    expect(screen.queryByTestId("outcome")).toBeNull();
    leave("#/");
    expect(screen.queryByTestId("uncounted-decision")).toBeNull();
  }, 60_000);

  it("on the desktop too, where nothing was signed and no row is left", async () => {
    const { second, transport, user } = await start("desktop", () => Promise.reject({ code: "no_keyring", message: "locked" }));
    await user.click(screen.getByTestId("approve"));
    leave(`#/approvals/${second.id}`);
    expect((await screen.findByTestId("uncounted-decision", {}, SENT)).textContent).toContain("The keyring cannot be read");
    expect(transport.items).toEqual([]);
    await user.click(screen.getByTestId("dismiss-uncounted"));
    expect(screen.queryByTestId("uncounted-decision")).toBeNull();
  }, 60_000);

  it("is forgotten when the next try counts", async () => {
    let refuses = true;
    const { transport, user } = await start("web", () => (refuses ? { state: "refused", code: "busy" } : { state: "recorded", ledgerIndex: 7 }));
    await user.click(screen.getByTestId("reject"));
    await user.click(screen.getByTestId("confirm-reject"));
    expect((await screen.findByTestId("outcome")).textContent).toContain("The server is busy");
    refuses = false;
    await user.click(screen.getByTestId("reject"));
    await user.click(screen.getByTestId("confirm-reject"));
    await waitFor(() => expect(screen.getByTestId("outcome").textContent).toContain("Recorded #7."));
    leave("#/");
    expect(screen.queryByTestId("uncounted-decision")).toBeNull();
    expect(transport.drafts).toHaveLength(2);
  });
});

describe("a reject that came after the run", () => {
  it("leads to where what ran can be undone", async () => {
    const { first, transport, user } = await start("web", () => {
      const vote = { user: "bob", verdict: "approve", surface: "web", reason: "", at: NOW };
      return { state: "refused", code: "already_decided", approval: { ...first, action_id: "act-9", status: "approved", version: 2, ended_at: NOW, votes: [vote] } };
    });
    transport.entries = chain();
    await user.click(screen.getByTestId("reject"));
    await user.click(screen.getByTestId("confirm-reject"));
    expect((await screen.findByTestId("outcome")).textContent).toContain("Already approved by bob,");
    await user.click(await screen.findByTestId("propose-rollback"));
    await waitFor(() => expect(location.hash).toBe("#/record/7"));
  });
});

describe("a lost answer", () => {
  it("is not called a refusal, and is known when the vote turns up", async () => {
    const { first, transport, user } = await start("web", () => Promise.reject(new TypeError("Failed to fetch")));
    await user.click(screen.getByTestId("reject"));
    await user.click(screen.getByTestId("confirm-reject"));
    expect((await screen.findByTestId("outcome")).textContent).toContain("Not known.");
    leave("#/");
    expect((await screen.findByTestId("uncounted-decision")).textContent).toContain("It is not known what became of your reject");
    const vote = { user: "alice", verdict: "reject", surface: "web", reason: "", at: NOW };
    act(() => transport.push({ ...first, status: "rejected", version: 2, ended_at: NOW, votes: [vote] }));
    await waitFor(() => expect(screen.queryByTestId("uncounted-decision")).toBeNull());
  });
});

describe("a vote that the outbox has back", () => {
  it("stands on every screen until it is dismissed there", async () => {
    const { first, second, transport, user } = await start("desktop", () => ({ state: "recorded" }));
    transport.items = [{ id: "v1", approvalId: first.id, verdict: "approve", title: first.title, state: "needs_you", code: "superseded", madeAt: NOW }];
    act(() => transport.tell("outbox"));
    leave(`#/approvals/${second.id}`);
    expect((await screen.findByTestId("uncounted-decision")).textContent).toContain("replaced by a newer one");
    await user.click(screen.getByTestId("dismiss-uncounted"));
    await waitFor(() => expect(transport.dismissed).toEqual(["v1"]));
    await waitFor(() => expect(screen.queryByTestId("uncounted-decision")).toBeNull());
  });
});
