import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { approval, consoleState, device, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

const rows = () => screen.queryAllByTestId("approval-row").map((row) => row.dataset["approvalId"]);

describe("queue", () => {
  it("says that nothing waits", async () => {
    show(new FakeTransport());
    expect(await screen.findByText("Nothing waits for you.")).toBeDefined();
    await expectAccessible();
  });

  it("names the keys as they were given, and none when they are off", async () => {
    prefer({ keys: { a: "y" } });
    show(new FakeTransport(approval()));
    const hint = () => screen.queryByText(/all keys/)?.textContent ?? null;
    await waitFor(() => expect(hint()).toContain("y approve"));
    act(() => prefer({ letterKeys: false }));
    await waitFor(() => expect(hint()).toBeNull());
    expect(screen.getByText("Choose a request to see exactly what would run.")).toBeDefined();
  });

  it("lists what waits, gravest first, with level, people, rule and time left", async () => {
    const low = approval({ level: "low", title: "Run: npm test" });
    const high = approval({ level: "high", title: "Deploy payments", quorum: 2, rule: "sensitive_fact" });
    show(new FakeTransport(low, high));
    await screen.findByText("Deploy payments");
    expect(rows()).toEqual([high.id, low.id]);
    const row = within(screen.getAllByTestId("approval-row")[0] as HTMLElement);
    for (const text of ["High", "sensitive", "0/2", "20 min"]) expect(row.getByText(text)).toBeDefined();
    expect(screen.getByTestId("count-high").textContent).toBe("High1");
    await expectAccessible();
  });

  it("holds new requests back while the pointer is over the list", async () => {
    const user = userEvent.setup();
    const first = approval({ level: "low" });
    const transport = new FakeTransport(first);
    show(transport);
    await user.hover(await screen.findByTestId("approval-row"));
    const grave = approval({ level: "high" });
    act(() => transport.push(grave));
    await screen.findByTestId("new-requests");
    expect(rows()).toEqual([first.id]);
    await user.click(await screen.findByRole("button", { name: "1 new (1 high) – show" }));
    await waitFor(() => expect(rows()).toEqual([grave.id, first.id]));
  });

  it("leaves a tombstone where a request was decided elsewhere", async () => {
    const user = userEvent.setup();
    const one = approval({ level: "high", title: "One" });
    const two = approval({ level: "low", title: "Two" });
    const transport = new FakeTransport(one, two);
    show(transport);
    await user.hover((await screen.findAllByTestId("approval-row"))[0] as HTMLElement);
    act(() => transport.push({ ...one, status: "rejected", version: 2, ended_at: NOW }));
    await waitFor(() => expect(screen.getAllByTestId("approval-row")[0]?.textContent).toContain("Rejected"));
    expect(rows()).toEqual([one.id, two.id]);
  });

  it("does not let an old copy overwrite a newer one", async () => {
    const view = approval({ version: 5, title: "Newest" });
    const transport = new FakeTransport(view);
    show(transport);
    await screen.findByText("Newest");
    act(() => {
      transport.push({ ...view, version: 4, title: "Older" });
      transport.push(approval({ title: "Another" }));
    });
    await screen.findByText("Another");
    expect(screen.queryByText("Older")).toBeNull();
  });

  it("filters, and says so when nothing matches", async () => {
    const user = userEvent.setup();
    show(new FakeTransport(approval({ title: "Deploy payments" }), approval({ title: "Run: ls" })));
    await screen.findByText("Run: ls");
    await user.type(screen.getByRole("searchbox"), "payments");
    await waitFor(() => expect(rows()).toHaveLength(1));
    await user.type(screen.getByRole("searchbox"), " nothing");
    expect(await screen.findByText(/Nothing matches/)).toBeDefined();
  });

  it("shows ended requests under Done", async () => {
    const user = userEvent.setup();
    const done = approval({ status: "rejected", ended_at: NOW, title: "Old one" });
    show(new FakeTransport(done));
    await user.click(await screen.findByRole("tab", { name: "Done today" }));
    expect(await screen.findByText("Old one")).toBeDefined();
    await expectAccessible();
  });

  it("moves with j and k without opening, opens with Enter, and goes back with Escape", async () => {
    const user = userEvent.setup();
    const one = approval({ level: "high" });
    const two = approval({ level: "low" });
    const transport = new FakeTransport(one, two);
    show(transport);
    await screen.findAllByTestId("approval-row");
    const marked = () => document.querySelector<HTMLElement>("[data-cursor]")?.dataset["approvalId"];
    await user.keyboard("jj");
    expect(marked()).toBe(two.id);
    expect(document.activeElement).toBe(document.querySelector("[data-cursor]"));
    await user.keyboard("k");
    expect(marked()).toBe(one.id);
    expect([location.hash, transport.acts]).toEqual(["", []]);
    await user.keyboard("{Enter}");
    expect(await screen.findByTestId("detail")).toBeDefined();
    expect(location.hash).toBe(`#/approvals/${one.id}`);
    await user.keyboard("j");
    expect([marked(), location.hash]).toEqual([two.id, `#/approvals/${one.id}`]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("detail")).toBeNull());
    expect(marked()).toBe(two.id);
    await user.keyboard("{Escape}");
    expect(marked()).toBeUndefined();
  });

  it("decides only what is read: with the mark on another row, a and r open that one", async () => {
    const user = userEvent.setup();
    const one = approval({ level: "high" });
    const two = approval({ level: "low" });
    const transport = new FakeTransport(one, two);
    location.hash = `#/approvals/${one.id}`;
    show(transport);
    await screen.findByTestId("detail");
    await user.keyboard("jr");
    await waitFor(() => expect(screen.getByTestId("detail").dataset["approvalId"]).toBe(two.id));
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.keyboard("ka");
    await waitFor(() => expect(screen.getByTestId("detail").dataset["approvalId"]).toBe(one.id));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(transport.drafts).toEqual([]);
  });

  it("opens with a, and then approves low risk with a and rejects with r", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport(approval({ level: "low" }));
    show(transport);
    await screen.findByTestId("approval-row");
    await user.keyboard("a");
    await screen.findByTestId("approve");
    expect(transport.drafts).toEqual([]);
    await user.keyboard("r");
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("a");
    await waitFor(() => expect(transport.drafts).toHaveLength(1), { timeout: 30_000 });
  }, 40_000);

  it("keeps its keys out of the search field, and off when they are switched off", async () => {
    const user = userEvent.setup();
    show(new FakeTransport(approval()));
    await screen.findByTestId("approval-row");
    await user.type(screen.getByRole("searchbox"), "j");
    expect(screen.queryByTestId("detail")).toBeNull();
    await user.click(document.body);
    await user.keyboard("?");
    await user.click(await screen.findByRole("switch", { name: "Single-letter keys" }));
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.clear(screen.getByRole("searchbox"));
    await user.click(document.body);
    await user.keyboard("j");
    expect(screen.queryByTestId("detail")).toBeNull();
  });

  it("opens what a notification asks for", async () => {
    const view = approval();
    const transport = new FakeTransport(view);
    show(transport);
    await screen.findByTestId("approval-row");
    act(() => transport.open(view.id));
    expect((await screen.findByTestId("detail")).dataset["approvalId"]).toBe(view.id);
  });

  it("tells what failed, with the request's id, and tries again", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport(approval());
    transport.failure = { status: 500, code: "internal", detail: "The list could not be read." };
    show(transport);
    expect(await screen.findByText("The list could not be read.")).toBeDefined();
    await expectAccessible();
    transport.failure = null;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("approval-row")).toBeDefined();
  });

  it("announces new requests politely without moving the focus", async () => {
    const transport = new FakeTransport(approval());
    show(transport);
    await screen.findByTestId("approval-row");
    act(() => transport.push(approval({ level: "critical" })));
    expect(await screen.findByText("1 new, 1 high or critical")).toBeDefined();
    expect(document.activeElement).toBe(document.body);
  });
});

describe("unsent votes", () => {
  it("are listed, withdrawn while unsent, and dismissed when refused", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport();
    const common = { approvalId: "a", verdict: "approve" as const, title: "Run: ls", madeAt: NOW };
    transport.items = [
      { ...common, id: "1", state: "unsent" },
      { ...common, id: "2", state: "needs_you", message: "Expired before it arrived." },
      { ...common, id: "3", state: "needs_you", code: "policy_changed", message: "The server's own words." },
    ];
    show(transport);
    await user.click(await screen.findByRole("tab", { name: /Unsent/ }));
    expect(await screen.findByText("Signed here – not in effect until sent")).toBeDefined();
    const list = within(screen.getByRole("list", { name: "Unsent votes" }));
    expect(list.getByText(/Expired before it arrived/)).toBeDefined();
    expect(list.getByText(/The policy changed while you were deciding/)).toBeDefined();
    expect(list.queryByText(/The server's own words/)).toBeNull();
    // It stands above every screen as well.
    expect(screen.getAllByTestId("uncounted-decision")[0]?.textContent).toContain("Expired before it arrived");
    transport.items = transport.items.slice(0, 2);
    act(() => transport.tell("outbox"));
    await waitFor(() => expect(list.queryByText(/The policy changed while/)).toBeNull());
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Withdraw" }));
    await user.click(await list.findByRole("button", { name: "Dismiss" }));
    await screen.findByText(/Nothing waits to be sent/);
    expect(screen.queryByTestId("uncounted-decision")).toBeNull();
    expect([transport.withdrawn, transport.dismissed]).toEqual([["1"], ["2"]]);
  });

  it("are shown when the address asks for them, as the tray does, and asked for once", async () => {
    const transport = new FakeTransport(approval({ title: "Run: make" }));
    transport.items = [{ id: "1", approvalId: "a", verdict: "approve", title: "Run: ls", state: "unsent", madeAt: NOW }];
    globalThis.location.hash = "#/?tab=unsent";
    show(transport);
    expect(await screen.findByText("Signed here – not in effect until sent")).toBeDefined();
    expect(screen.getByRole("tab", { name: /Unsent/ }).getAttribute("aria-selected")).toBe("true");
    expect(globalThis.location.hash).toBe("#/");
    globalThis.location.hash = "#/?tab=nonsense";
    act(() => void globalThis.dispatchEvent(new HashChangeEvent("hashchange")));
    await waitFor(() => expect(globalThis.location.hash).toBe("#/"));
    expect(screen.getByRole("tab", { name: /Unsent/ }).getAttribute("aria-selected")).toBe("true");
  });

  it("do not exist on the web", async () => {
    const transport = new FakeTransport();
    transport.kind = "web";
    show(transport);
    await screen.findByText("Nothing waits for you.");
    expect(screen.queryByRole("tab", { name: /Unsent/ })).toBeNull();
  });
});

describe("bands", () => {
  const banner = async () => (await screen.findByTestId("state-banner")).dataset["state"];
  it.each([
    ["offline", consoleState({ online: false })],
    ["stale", consoleState({ stale: true })],
    ["clock", consoleState({ clock_offset_ms: 120_000 })],
    ["unconfirmed", consoleState({ device: device({ confirmed_at: null }) })],
    ["witnesses", consoleState({ witnessed: { size: 9, cosignatures: 1, required: 2, late: true, vanished: [] } })],
    ["vanished", consoleState({ witnessed: { size: 9, cosignatures: 0, required: 0, late: false, vanished: ["dev-1/00"] } })],
    ["integrity", consoleState({ integrity: { ok: false, size: 9, message: "The log was cut." } })],
  ])("say %s", async (name, state) => {
    const transport = new FakeTransport(approval());
    transport.console = state;
    show(transport);
    expect(await banner()).toBe(name);
    await expectAccessible();
  });

  it("follow the state as it changes", async () => {
    const transport = new FakeTransport(approval());
    show(transport);
    expect(await screen.findByText("Live")).toBeDefined();
    transport.console = consoleState({ online: false, unsent: 2 });
    act(() => transport.tell("state"));
    expect(await screen.findByText("Offline")).toBeDefined();
    expect(screen.getByText("2 unsent")).toBeDefined();
  });
});
