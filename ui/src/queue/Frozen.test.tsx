/** What never moves under the pointer, and what no crowd hides. */
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { approval, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { MANY } from "./flood";

const rows = () => screen.getAllByTestId("approval-row").map((row) => row.dataset["approvalId"]);

describe("what waits for others", () => {
  it("stands still under the pointer, with a pill for what is new and tombstones for what went", async () => {
    const user = userEvent.setup();
    const [one, two] = [approval({ requester: "alice", deciders: ["bob"], level: "low" }), approval({ requester: "alice", deciders: ["bob"], level: "low" })];
    const transport = new FakeTransport(one, two);
    show(transport);
    await user.click(await screen.findByRole("tab", { name: /Waiting on others/ }));
    await waitFor(() => expect(screen.getAllByTestId("approval-row")).toHaveLength(2));
    const before = rows();
    await user.hover(screen.getAllByTestId("approval-row")[0] as HTMLElement);
    const grave = approval({ requester: "alice", deciders: ["bob"], level: "critical" });
    act(() => transport.push(grave));
    act(() => transport.push({ ...two, deciders: ["alice"], version: 2 }));
    expect((await screen.findByTestId("new-requests")).textContent).toContain("1 new (1 high)");
    expect(rows()).toEqual(before);
    expect((await screen.findByTestId("tombstone")).textContent).toBe("Waits for you now");
    await expectAccessible();
    await user.click(screen.getByTestId("new-requests"));
    await waitFor(() => expect(rows()[0]).toBe(grave.id));
  });
});

describe("what is done today", () => {
  it("stands still too", async () => {
    const user = userEvent.setup();
    const old = approval({ status: "rejected", ended_at: NOW - 1_000_000 });
    const waiting = approval();
    const transport = new FakeTransport(old, waiting);
    show(transport);
    await user.click(await screen.findByRole("tab", { name: "Done today" }));
    await user.hover(await screen.findByTestId("approval-row"));
    act(() => transport.push({ ...waiting, status: "approved", version: 2, ended_at: NOW }));
    await screen.findByTestId("new-requests");
    expect(rows()).toEqual([old.id]);
    await user.click(screen.getByTestId("new-requests"));
    await waitFor(() => expect(rows()).toEqual([waiting.id, old.id]));
  });
});

describe("a flood", () => {
  it("hides no high and no critical request from the list or from the keys", async () => {
    const user = userEvent.setup();
    const many = Array.from({ length: MANY }, () => approval({ level: "medium" }));
    const grave = approval({ level: "critical" });
    show(new FakeTransport(...many, grave));
    expect((await screen.findByTestId("flood")).textContent).toContain(`${MANY} requests wait`);
    expect(rows()).toEqual([grave.id]);
    await user.keyboard("j{Enter}");
    expect((await screen.findByTestId("detail")).dataset["approvalId"]).toBe(grave.id);
  });
});
