import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { show } from "../test/screen";

const rows = () => screen.queryAllByTestId("approval-row").map((row) => row.dataset["approvalId"]).toSorted();

/** Holds the answer to what is asked for the list, as it was when it was asked for. */
function slow(transport: FakeTransport): { asked: () => number; release: () => void } {
  const holding: (() => void)[] = [];
  transport.on("GET", /\/approvals$/, async ({ query }) => {
    const items = [...transport.approvals.values()].filter((a) => query.get("status") === "all" || a.status === "pending");
    await new Promise<void>((resolve) => holding.push(resolve));
    return { items, as_of: "e:1", server_time: transport.console.server_time };
  });
  return { asked: () => holding.length, release: () => holding.splice(0).forEach((go) => go()) };
}

describe("an event about an open request", () => {
  it("takes nothing away that only the request by itself carries, and reads the rest", async () => {
    const remark = (id: string, text: string) => ({ id, kind: "comment", by: "alice", at: 1, text, reply_to: null });
    const one = approval({ discussion: [remark("r1", "Why this file?")] as never });
    const transport = new FakeTransport(one);
    show(transport);
    globalThis.location.hash = `#/approvals/${one.id}`;
    await waitFor(() => expect(screen.getByTestId("discussion").textContent).toContain("Why this file?"));
    const { discussion, ...listed } = { ...one, version: one.version + 1 };
    const next = { ...listed, discussion: [...(discussion ?? []), remark("r2", "The session ends too early.") as never] };
    transport.approvals.set(one.id, next);
    act(() => transport.announce({ ...listed } as never));
    expect(screen.getByTestId("discussion").textContent).toContain("Why this file?");
    await waitFor(() => expect(screen.getByTestId("discussion").textContent).toContain("The session ends too early."));
    globalThis.location.hash = "";
  });
});

describe("what arrives while the list is read", () => {
  it("is there at once on the very first reading", async () => {
    const early = approval({});
    const transport = new FakeTransport(early);
    const list = slow(transport);
    show(transport);
    await waitFor(() => expect(list.asked()).toBe(2));
    const late = approval({});
    act(() => transport.push(late));
    list.release();
    await waitFor(() => expect(rows()).toEqual([early.id, late.id].toSorted()));
  });

  it("is not taken away by a list that is older", async () => {
    const early = approval({});
    const transport = new FakeTransport(early);
    show(transport);
    await waitFor(() => expect(rows()).toEqual([early.id]));
    const list = slow(transport);
    act(() => transport.tell("approvals"));
    await waitFor(() => expect(list.asked()).toBe(2));
    const late = approval({});
    act(() => transport.push(late));
    await waitFor(() => expect(rows()).toHaveLength(2));
    await act(async () => {
      list.release();
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(rows()).toEqual([early.id, late.id].toSorted());
  });

  it("does not bring back what was decided meanwhile", async () => {
    const one = approval({});
    const transport = new FakeTransport(one);
    const list = slow(transport);
    show(transport);
    await waitFor(() => expect(list.asked()).toBe(2));
    act(() => transport.push({ ...one, status: "rejected", version: one.version + 1, ended_at: transport.console.server_time }));
    list.release();
    expect(await screen.findByText("Nothing waits for you.")).toBeDefined();
  });
});
