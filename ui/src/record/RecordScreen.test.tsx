import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { activeCommands } from "../state/keys";
import { prefer } from "../state/preferences";
import { FakeRecord } from "../test/FakeRecord";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { NOW, chain, consoleState, entry, recordStatus, verification } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";

const rows = () => screen.queryAllByTestId("entry-row").map((row) => row.textContent);
const strip = () => within(screen.getByTestId("integrity"));

function desktop(record = new FakeRecord()): [FakeTransport, FakeRecord] {
  const transport = new FakeTransport();
  transport.entries = chain();
  transport.record = record;
  return [transport, record];
}

describe("record", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/record";
  });

  it("shows what was recorded by day, newest first, and older entries on demand", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    await waitFor(() => expect(rows()).toHaveLength(3));
    expect(rows()[0]).toContain("Run ended");
    await user.click(screen.getByRole("button", { name: "Older entries" }));
    await waitFor(() => expect(rows()).toHaveLength(5));
    expect(rows()[4]).toContain("terraform apply");
    expect(rows()[4]).toContain("High");
    expect(screen.queryByRole("button", { name: "Older entries" })).toBeNull();
    await expectAccessible();
  });

  it("opens the entry that a link names, though no page with it was read", async () => {
    const [transport] = desktop();
    globalThis.location.hash = "#/record/3";
    show(transport);
    expect(await screen.findByRole("heading", { name: "Decided terraform apply" })).toBeDefined();
    expect(rows().some((row) => row?.includes("terraform apply"))).toBe(false);
    await expectAccessible();
    act(() => void (globalThis.location.hash = "#/record/999"));
    expect(await screen.findByText("There is no entry #999, or it is not kept here.")).toBeDefined();
  });

  it("says how far the record was verified, by which key, and who stands behind it", async () => {
    const [transport] = desktop();
    transport.console = consoleState({ witnessed: { size: 900, cosignatures: 2, required: 3, late: true, vanished: [] } });
    show(transport);
    await screen.findByText("acme, pinned");
    for (const words of ["48,213 entries, consistent", "abababababab…", "2 of 3 up to #900, too few", "400 entries of the last 30 days", "never in full"]) {
      expect(strip().getByText(words)).toBeDefined();
    }
  });

  it("verifies with a progress bar and says what it found", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Verify now" }));
    act(() => record.step(250, 1000));
    const bar = await screen.findByRole("progressbar", { name: "Verifying the record" });
    expect(bar.getAttribute("aria-valuenow")).toBe("25");
    await expectAccessible();
    act(() => record.end(verification()));
    const found = await screen.findByTestId("verification");
    expect(found.dataset["verdict"]).toBe("whole");
    for (const words of ["Whole: all 1,000 entries hold", "7 votes carry a signature", "2,000 entries/s"]) expect(found.textContent).toContain(words);
    await waitFor(() => expect(strip().getByText(/Whole: all 1,000 entries hold$/, { selector: "dd" })).toBeDefined());
    await expectAccessible();
  });

  it("turns red and says where when something does not hold", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Verify now" }));
    const broken = verification({ verdict: "broken", headline: "Broken at entry 5", sentences: ["it was changed"], place: { first: 5, last: 5 } });
    act(() => record.end(broken));
    expect((await screen.findByTestId("verification")).textContent).toContain("it was changed");
    await waitFor(() => expect(screen.getByTestId("integrity").dataset["tone"]).toBe("bad"));
    // It is not called consistent beside that, and says what to do.
    expect(strip().getByText("does not verify")).toBeDefined();
    expect(strip().queryByText(/consistent/)).toBeNull();
    expect(strip().getByText(/tell your administrator/)).toBeDefined();
    await user.click(screen.getAllByTestId("entry-row")[2] as HTMLElement);
    expect(await screen.findByText("The last verification found the fault here.")).toBeDefined();
  });

  it("ends a verification that takes too long", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Verify now" }));
    await user.click(await screen.findByRole("button", { name: "Stop" }));
    await waitFor(() => expect(screen.queryByRole("progressbar")).toBeNull());
    expect(screen.queryByTestId("verification")).toBeNull();
  });

  it("verifies a dropped file with the key that was given", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Verify a file…" }));
    const verify = await screen.findByRole("button", { name: "Verify" });
    expect(verify.hasAttribute("disabled")).toBe(true);
    act(() => record.drop("/tmp/theirs.navi"));
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>("textbox", { name: "File" }).value).toBe("/tmp/theirs.navi"));
    await user.type(screen.getByRole("textbox", { name: "Key it must be signed by" }), "theirs+1+A");
    await expectAccessible();
    await user.click(verify);
    expect(record.asked).toEqual([{ path: "/tmp/theirs.navi", vkey: "theirs+1+A" }]);
    act(() => record.end(verification({ verdict: "unknown", headline: "Consistent" })));
    expect((await screen.findByTestId("verification")).textContent).toContain("Consistent in /tmp/theirs.navi");
  });

  it("keeps a dialog with what was typed when somebody clicks beside it", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    const beside = () => user.click(document.querySelector(".MuiDialog-container") as HTMLElement);
    await user.click(await screen.findByTestId("verify-file"));
    await user.type(await screen.findByTestId("file-path"), "/tmp/x");
    await beside();
    expect((screen.getByTestId("file-path") as HTMLInputElement).value).toBe("/tmp/x");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByRole("button", { name: "What is kept…" }));
    const days = await screen.findByRole<HTMLInputElement>("textbox", { name: "Days" });
    await user.type(days, "9");
    await beside();
    expect(days.value).toBe("309");
    expect(screen.getByRole("dialog")).toBeDefined();
  });

  it("changes what is kept", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "What is kept…" }));
    const days = await screen.findByRole("textbox", { name: "Days" });
    await user.clear(days);
    expect(screen.getByRole("button", { name: "Keep this" }).hasAttribute("disabled")).toBe(true);
    await user.type(days, "90");
    await user.type(screen.getByRole("textbox", { name: "Only these repositories" }), "infra, api");
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Keep this" }));
    await waitFor(() => expect(record.state.window).toEqual({ days: 90, repos: ["infra", "api"] }));
    expect(await strip().findByText("400 entries of the last 90 days in infra, api")).toBeDefined();
  });

  it("exports what is kept, says when that is a part, and why nothing was written", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByTestId("export-record"));
    expect(screen.getByTestId("export-holds").textContent).toContain("400 of 1,000 entries");
    expect(screen.getByText("That you took it is recorded.")).toBeDefined();
    await expectAccessible();
    record.refusal = { code: "not_ready", message: "No checkpoint is complete here yet." };
    await user.click(screen.getByTestId("confirm-export"));
    expect(await screen.findByText("No checkpoint is complete here yet.")).toBeDefined();
    record.refusal = null;
    await user.click(screen.getByTestId("confirm-export"));
    await waitFor(() => expect(screen.getByTestId("exported").textContent).toContain("It holds 400 entries of 1,000."));
    expect(record.saved.at(-1)).toEqual({ format: "bundle", bare: false, query: "", path: null });
  });

  it("writes every kind on the desktop, without names where that can be, to a chosen place", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    transport.console = consoleState({ online: false });
    globalThis.location.hash = "#/record?outcome=failed&from=2026-09-01";
    show(transport);
    await user.click(await screen.findByTestId("export-record"));
    expect(screen.getByText(/recorded as soon as there is a connection/)).toBeDefined();
    const bare = screen.getByRole("checkbox", { name: "Without names and payloads" });
    expect(bare.hasAttribute("disabled")).toBe(true);
    await user.click(screen.getByRole("radio", { name: "CSV" }));
    await user.click(bare);
    await user.click(screen.getByRole("button", { name: "Choose…" }));
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>("textbox", { name: "File" }).value).toBe("/home/alice/here/record.csv"));
    await expectAccessible();
    await user.click(screen.getByTestId("confirm-export"));
    await waitFor(() => expect(record.saved).toHaveLength(1));
    const [wish] = record.saved;
    expect(wish).toMatchObject({ format: "csv", bare: true, path: "/home/alice/here/record.csv" });
    expect(new URLSearchParams(wish?.query).get("outcome")).toBe("failed");
    await user.click(await screen.findByTestId("export-record"));
    await user.click(screen.getByRole("radio", { name: "Report, as PDF" }));
    await user.click(screen.getByTestId("confirm-export"));
    await waitFor(() => expect(record.saved).toHaveLength(2));
    const query = new URLSearchParams(record.saved[1]?.query);
    expect([...query.keys()]).toEqual(["from"]);
  });

  it("asks for events by outcome and bypass, and keeps both in the address", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    await user.selectOptions(await screen.findByRole("combobox", { name: "Outcome" }), "Rejected");
    await user.selectOptions(screen.getByRole("combobox", { name: "Bypass" }), "Ran under a bypass");
    expect(globalThis.location.hash).toBe("#/record?outcome=rejected&bypass=ran");
    await waitFor(() => expect(transport.asked.at(-1)).toContain("outcome=rejected&bypass=ran"));
    await expectAccessible();
  });

  it("shows a rule and a single bypass that came with a link, and lets go of them", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    globalThis.location.hash = "#/record?bypass=0193-abcdef&rule=above_threshold";
    show(transport);
    expect((await screen.findByRole<HTMLSelectElement>("combobox", { name: "Bypass" })).selectedOptions[0]?.textContent).toBe("Bypass …abcdef");
    expect(transport.asked.at(-1)).toContain("rule=above_threshold");
    await user.click(screen.getByRole("button", { name: "No longer only rule above threshold" }));
    expect(globalThis.location.hash).toBe("#/record?bypass=0193-abcdef");
  });

  it("opens the rollback dialog with b only where something can be rolled back", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    transport.entries = [...chain().slice(0, 4), entry(7, "execution_finished", { status: "succeeded" }, { subject: "e-1", links: { action_id: "act-9" } })];
    const offer = { execution_id: "e-1", action_id: "act-9", action_type: "command_run", title: "Run make", user: "dana", offered: true, truth: "verified", strategies: ["git"], undoes: ["commit a1"], leaves: [], dependents: [], closes_at: NOW + 3_600_000_000, server_time: NOW };
    let offered = false;
    transport.on("GET", /\/rollback\/available$/, () => [{ ...offer, offered, not_offered: "window_closed" }]);
    transport.on("POST", /\/rollback$/, () => new Promise<never>(() => undefined));
    globalThis.location.hash = "#/record/7";
    const first = show(transport);
    await screen.findByText("The time in which it was offered is over.");
    await user.keyboard("b");
    expect(screen.queryByRole("dialog")).toBeNull();
    first.unmount();
    offered = true;
    show(transport);
    await screen.findByTestId("roll-back");
    await user.keyboard("b");
    expect(await screen.findByRole("dialog", { name: "Roll back what ran" })).toBeDefined();
  });

  it("says how long a rollback is still offered, and offers none when that time is over", async () => {
    const [transport] = desktop();
    transport.entries = [entry(7, "execution_finished", { status: "succeeded" }, { subject: "e-1", links: { action_id: "act-9" } })];
    const offer = { execution_id: "e-1", action_id: "act-9", action_type: "command_run", title: "Run make", user: "dana", offered: true, truth: "verified", strategies: ["git"], undoes: ["commit a1"], leaves: [], dependents: [], server_time: NOW };
    let closes_at = NOW + 7_500_000_000;
    transport.on("GET", /\/rollback\/available$/, () => [{ ...offer, closes_at }]);
    globalThis.location.hash = "#/record/7";
    const first = show(transport);
    await screen.findByText(/2 h 0[0-5] min left, until/);
    first.unmount();
    closes_at = NOW - 1;
    show(transport);
    await screen.findByText("The time in which it was offered is over.");
    expect(screen.queryByTestId("roll-back")).toBeNull();
  });

  it("goes to the open entry with Enter, and to the first where none is open", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    await screen.findAllByTestId("entry-row");
    await user.keyboard("{Enter}");
    const pane = await screen.findByRole("region", { name: "Entry" });
    expect(globalThis.location.hash).toMatch(/^#\/record\/\d+$/);
    await user.keyboard("{Enter}");
    expect(document.activeElement).toBe(pane);
  });

  it("saves what a verification found where the person wants it", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByTestId("verify-now"));
    act(() => record.end(verification()));
    await user.click(await screen.findByRole("button", { name: "Save as JSON…" }));
    expect(await screen.findByText("Written to /home/alice/here/verification.json.")).toBeDefined();
    record.chosen = null;
    await user.click(screen.getByRole("button", { name: "Save as a page…" }));
    expect(record.found).toEqual(["json /home/alice/here/verification.json"]);
    record.chosen = "/here";
    record.refusal = { code: "exists", message: "There is a file of that name already." };
    await user.click(screen.getByRole("button", { name: "Save as a page…" }));
    expect(await screen.findByText("Nothing was written: There is a file of that name already.")).toBeDefined();
    await expectAccessible();
  });

  it.each([
    [{ held: "same", here: 1000, signed: false }, "The same record. Both have the same root."],
    [{ held: "same", size: 900, here: 1000, signed: true }, "The same record. At 900 entries"],
    [{ held: "further", size: 1200, here: 1000, signed: true }, "The same record. Theirs has 1,200 entries, 1,000 are here."],
    [{ held: "different", size: 900, here: 1000, signed: false }, "Another record. At 900 entries their root is not the one"],
    [{ held: "different", size: 900, here: 1000, signed: true }, "That proves a fork"],
    [{ held: "larger", size: 1200, here: 1000, signed: false }, "Nobody can tell. Theirs has 1,200 entries"],
    [{ held: "no_size", here: 1000, signed: false }, "Nobody can tell. It is not the root here"],
  ] as const)("says of a colleague's head: %o", async (answer, said) => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    record.answer = answer;
    show(transport);
    await user.click(await screen.findByTestId("compare-head"));
    expect(screen.getByTestId("our-head").textContent).toBe(`1000 ${record.state.root ?? ""}`);
    await user.type(screen.getByTestId("their-head"), "900 abc");
    await user.click(screen.getByTestId("confirm-compare"));
    expect((await screen.findByTestId("compared")).textContent).toContain(said);
    expect(record.compared).toEqual(["900 abc"]);
    if (answer.held === "no_size") await expectAccessible();
  });

  it("says in German what a verification found", async () => {
    prefer({ language: "de" });
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByTestId("verify-now"));
    const sentences = ["The checkpoint over 1000 entries is signed by the pinned key acme", "It agrees with what this console saw of the ledger itself"];
    act(() => record.end(verification({ verdict: "broken", place: { first: 7, last: 9 }, sentences })));
    const found = await screen.findByTestId("verification");
    expect(found.textContent).toContain("Stimmt nicht in den Einträgen 7 bis 9");
    expect(found.textContent).toContain("Der Stand über 1000 Einträge ist mit dem festgehaltenen Schlüssel acme unterschrieben");
    expect(found.textContent).toContain("Sie stimmt mit dem überein");
    expect(found.textContent).toContain("in 0,50 s");
    await expectAccessible();
  });

  it("keeps the filters in the address and says when nothing matches", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    show(transport);
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.selectOptions(screen.getByRole("combobox", { name: "Kind" }), "decision");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(globalThis.location.hash).toBe("#/record?kind=decision");
    await user.type(screen.getByRole("searchbox"), "nothing like it");
    expect(await screen.findByText(/No entry matches/)).toBeDefined();
    expect(transport.asked.at(-1)).toContain("kind=decision");
    await user.click(screen.getByRole("button", { name: "Clear" }));
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record"));
    fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-03-01" } });
    const start = new Date(2026, 2, 1).getTime() * 1000;
    await waitFor(() => expect(transport.asked.at(-1)).toContain(`from=${start}`));
    await user.selectOptions(screen.getByLabelText("Decision"), "Blocked");
    await user.type(screen.getByTestId("record-agent"), "coder");
    await waitFor(() => expect(transport.asked.at(-1)).toMatch(/agent=coder.*decision=BLOCKED|decision=BLOCKED.*agent=coder/));
    expect(globalThis.location.hash).toContain("agent=coder&decision=BLOCKED");
  });

  it("draws the chain of an action and is walked with the keyboard", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    record.state = recordStatus({ last: verification() });
    show(transport);
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.keyboard("j");
    const drawn = within(await screen.findByTestId("chain"));
    const steps = await drawn.findAllByRole("listitem");
    expect(steps.map((step) => step.querySelector("strong")?.textContent)).toEqual(["Decided", "Approval asked for", "Vote", "Approved", "Run ended"]);
    expect(steps[4]?.dataset["tone"]).toBe("stop");
    expect(screen.getByText("Verified: it stands in the signed tree of 1,000 entries.")).toBeDefined();
    expect(globalThis.location.hash).toBe("#/record/7");
    await user.keyboard("j");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record/6"));
    await user.keyboard("v");
    expect(record.asked).toEqual([null]);
    await expectAccessible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record"));
  });

  it("says whose signature a vote carries, and who checked it", async () => {
    const [transport, record] = desktop();
    transport.entries = [entry(5, "vote_cast", { verdict: "approve", vote: "e30=", signature: "AA==", device_id: "0193-abcdef" }), entry(6, "approval_approved", {})];
    globalThis.location.hash = "#/record/5";
    const first = show(transport);
    expect(await screen.findByText("Of device …abcdef. The server checked it when the vote came.")).toBeDefined();
    await expectAccessible();
    first.unmount();
    record.state = { ...record.state, last: verification() };
    show(transport);
    expect(await screen.findByText("Of device …abcdef. It was verified on this machine.")).toBeDefined();
    act(() => void (globalThis.location.hash = "#/record/6"));
    await waitFor(() => expect(screen.queryByText(/Of device/)).toBeNull());
  });

  it("opens a step of a chain that the filter leaves out", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    globalThis.location.hash = "#/record?kind=decision";
    show(transport);
    await user.click(await screen.findByTestId("entry-row"));
    const drawn = within(await screen.findByTestId("chain"));
    await user.click(await drawn.findByText("Vote"));
    expect(globalThis.location.hash).toBe("#/record/5?kind=decision");
    expect((await screen.findByRole("heading", { name: /Vote approve/ })).textContent).toContain("approve");
    const steps = within(await screen.findByTestId("chain")).getAllByRole("button");
    expect(steps.map((step) => step.getAttribute("aria-current"))).toEqual([null, null, "step", null, null]);
  });

  it("says what was erased, without making anything up", async () => {
    const [transport] = desktop();
    transport.entries = [entry(9, "comment_added", null, { actor: "" })];
    globalThis.location.hash = "#/record/9";
    show(transport);
    expect(await screen.findByText(/Its payload was erased/)).toBeDefined();
    expect(rows()[0]).toContain("somebody, erased");
    await expectAccessible();
  });

  it("says that it is offline, and reads only on the web", async () => {
    const [transport] = desktop();
    transport.console = consoleState({ online: false });
    const shown = show(transport);
    expect(await screen.findByText("Offline: showing what is kept on this machine.")).toBeDefined();
    shown.unmount();
    const web = new FakeTransport();
    web.kind = "web";
    web.console = consoleState({ integrity: null });
    show(web);
    expect(await screen.findByText("Nothing was recorded yet.")).toBeDefined();
    expect(strip().queryByText("none demanded"), "it checked nothing and claims nothing").toBeNull();
    expect(screen.queryByRole("button", { name: "Verify now" })).toBeNull();
    // No key is offered that does nothing here.
    expect(activeCommands().map(({ keys }) => keys)).not.toContain("v");
    expect(screen.queryByText("v", { selector: "kbd" })).toBeNull();
    expect(screen.getByText("j", { selector: "kbd" })).toBeDefined();
    act(() => prefer({ letterKeys: false }));
    expect(screen.queryByText("j", { selector: "kbd" })).toBeNull();
    await expectAccessible();
  });

  it("shows why the record cannot be read, and who may", async () => {
    const [transport] = desktop();
    transport.failure = { status: 403, code: "forbidden", detail: "Your role does not read the record." };
    const page = show(transport);
    expect((await screen.findByTestId("no-permission")).textContent).toContain("auditor");
    page.unmount();
    transport.failure = { status: 503, code: "unavailable", detail: "Away." };
    show(transport);
    expect(await screen.findByRole("button", { name: "Try again" })).toBeDefined();
  });

  it("says what a file will hold before it is written, and takes what the server writes", async () => {
    const user = userEvent.setup();
    const asked: URLSearchParams[] = [];
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
    const transport = new FakeTransport();
    transport.kind = "web";
    transport.entries = chain();
    transport.on("GET", /\/audit\/export$/, ({ query }) => {
      asked.push(query);
      return "index,at";
    });
    globalThis.location.hash = "#/record?kind=decision";
    show(transport);
    await user.click(await screen.findByTestId("take-record"));
    expect(screen.getByTestId("export-holds").textContent).toContain("Only what the filters let through.");
    await expectAccessible();
    await user.click(screen.getByRole("radio", { name: "Bundle, to be verified offline" }));
    expect(screen.getByTestId("export-holds").textContent).toContain("Filters do not narrow it.");
    await user.click(screen.getByRole("radio", { name: "OCSF events" }));
    await user.click(screen.getByTestId("confirm-export"));
    await screen.findByText("Written: record.ocsf.jsonl.");
    expect(clicked).toHaveBeenCalledOnce();
    expect(asked.map((query) => [query.get("format"), query.get("kind")])).toEqual([["ocsf", "decision"]]);
  });

  it("says why no file was written", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport();
    transport.kind = "web";
    transport.on("GET", /\/audit\/report$/, () => {
      throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
    });
    show(transport);
    await user.click(await screen.findByTestId("take-record"));
    await user.click(screen.getByRole("radio", { name: "Report, as PDF" }));
    await user.click(screen.getByTestId("confirm-export"));
    expect(await screen.findByText("Your role may not do this.")).toBeDefined();
  });

  it("rehearses a rollback, shows what it undoes and what not, and asks for it with a reason", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    transport.entries = [...chain().slice(0, 4), entry(7, "execution_finished", { status: "succeeded" }, { subject: "e-1", links: { action_id: "act-9" } })];
    const offer = { execution_id: "e-1", action_id: "act-9", action_type: "command_run", title: "Run make", user: "dana", offered: true, truth: "verified", strategies: ["git"], undoes: ["commit a1"], leaves: [], dependents: ["Run deploy"], closes_at: NOW + 3_600_000_000, server_time: NOW };
    transport.on("GET", /\/rollback\/available$/, () => [offer]);
    const asked: unknown[] = [];
    const view = { execution_id: "e-1", action_id: "act-9", action_type: "command_run", rollback_id: "c-1", user: "ana", reason: "", requested_at: NOW, server_time: NOW };
    const plan = { truth: "verified", steps: [{ strategy: "git", target: "/srv/shop main", truth: "verified" }], undoes: ["commit a1"], leaves: ["The commits stay in the history."], dependents: [], afterwards: [] };
    transport.on("POST", /\/rollback$/, ({ body }) => {
      asked.push(body);
      const dry = (body as { dry_run: boolean }).dry_run;
      return dry ? { ...view, id: "r-dry", status: "planning", over: false, dry_run: true } : { ...view, id: "r-1", status: "waiting", over: false, dry_run: false, approval_id: "a-1" };
    });
    transport.on("GET", /\/rollback\/r-dry$/, () => ({ ...view, id: "r-dry", status: "rehearsed", over: true, dry_run: true, plan }));
    transport.on("GET", /\/rollback\/r-1$/, () => ({ ...view, id: "r-1", status: "waiting", over: false, dry_run: false, approval_id: "a-1" }));
    globalThis.location.hash = "#/record/7";
    show(transport);
    await user.click(await screen.findByTestId("roll-back", undefined, { timeout: 10_000 }));
    const shown = await screen.findByTestId("rollback-plan", undefined, { timeout: 10_000 });
    expect(shown.textContent).toContain("The commits stay in the history.");
    expect(screen.getByText("Run deploy")).toBeDefined();
    expect((screen.getByTestId("confirm-rollback") as HTMLButtonElement).disabled).toBe(true);
    await user.type(screen.getByTestId("rollback-reason"), "slow");
    await expectAccessible();
    await user.click(screen.getByTestId("confirm-rollback"));
    expect((await screen.findByTestId("rollback-asked", undefined, { timeout: 10_000 })).textContent).toContain("It waits for a decision.");
    expect(asked).toEqual([
      { execution_id: "e-1", reason: "", dry_run: true },
      { execution_id: "e-1", reason: "slow", dry_run: false },
    ]);
  });

  it("says why what ran cannot be undone, and walks the chain by keys", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    transport.entries = [...chain().slice(0, 4), entry(7, "execution_finished", { status: "succeeded" }, { subject: "e-1", links: { action_id: "act-9" } })];
    const offer = { execution_id: "e-1", action_id: "act-9", action_type: "command_run", title: "Run make", user: "dana", offered: false, not_offered: "nothing_captured", truth: "impossible", strategies: [], undoes: [], leaves: [], dependents: [], server_time: NOW };
    transport.on("GET", /\/rollback\/available$/, () => [offer]);
    globalThis.location.hash = "#/record/7";
    show(transport);
    expect(await screen.findByText("Nothing was captured that could be undone.", undefined, { timeout: 10_000 })).toBeDefined();
    expect(screen.queryByTestId("roll-back")).toBeNull();
    await screen.findByTestId("chain");
    await user.keyboard("[[");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record/6"));
    expect(screen.queryByTestId("rollback")).toBeNull();
    await user.keyboard("]");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record/7"));
    await expectAccessible();
  });

  it("says in German what happened, also to a plan", async () => {
    prefer({ language: "de" });
    const links = { plan_id: "pln-1", action_id: "act-9" };
    const transport = new FakeTransport();
    transport.entries = [
      ...chain(),
      entry(8, "plan_begun", { name: "release 1.4", steps: 3 }, { links }),
      entry(9, "plan_used", { step: "pack", phase: "verify", runs: 2 }, { links }),
      entry(10, "plan_deviated", { step: "pack", why: "it changed \u202Ekeys" }, { links }),
      entry(11, "plan_ended", { status: "failed", runs: 2 }, { links }),
    ];
    location.hash = "#/record/11";
    show(transport);
    const drawn = within(await screen.findByTestId("chain"));
    const steps = (await drawn.findAllByRole("listitem")).map((step) => [step.querySelector("strong")?.textContent, step.textContent, step.dataset["tone"]]);
    expect(steps.map(([kind]) => kind)).toEqual([
      "Entschieden", "Zustimmung erbeten", "Stimme", "Zugestimmt", "Lauf beendet",
      "Plan begonnen", "Schritt eines Plans", "Plan verließ seine Grenzen", "Plan beendet",
    ]);
    expect(steps[2]?.[1]).toContain("zugestimmt");
    expect(steps[5]?.[1]).toContain("release 1.4");
    expect(steps[6]?.[1]).toContain("Prüfung von Schritt pack");
    expect(steps[7]?.[1]).toContain("Schritt pack: it changed <U+202E>keys");
    expect(steps[8]?.[1]).toContain("ein Schritt scheiterte");
    expect(steps.slice(7).map(([, , tone]) => tone)).toEqual(["stop", "stop"]);
    expect(screen.getByText("Plan", { selector: "dt" })).toBeDefined();
    await expectAccessible();
  });

  it("exports in German words too", async () => {
    prefer({ language: "de" });
    const transport = new FakeTransport();
    transport.kind = "web";
    show(transport);
    await userEvent.setup().click(await screen.findByTestId("take-record"));
    expect(screen.getByText("Dass du sie mitnimmst, wird aufgezeichnet.")).toBeDefined();
    await expectAccessible();
  });
});
