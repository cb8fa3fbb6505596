import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { prefer } from "../state/preferences";
import { FakeRecord } from "../test/FakeRecord";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { chain, consoleState, entry, recordStatus, verification } from "../test/fixtures";
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

  it("says how far the record was verified, by which key, and who stands behind it", async () => {
    const [transport] = desktop();
    transport.console = consoleState({ witnessed: { size: 900, cosignatures: 2, required: 3, late: true, vanished: [] } });
    show(transport);
    await screen.findByText("acme, pinned");
    for (const words of ["48,213 entries, consistent", "abababababab…", "2 of 3 up to #900, too few", "400 entries, of the last 30 days", "never in full"]) {
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
    expect(await strip().findByText("400 entries, of the last 90 days in infra, api")).toBeDefined();
  });

  it("exports what is kept and says when that is a part", async () => {
    const user = userEvent.setup();
    const [transport, record] = desktop();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Export" }));
    expect((await screen.findByRole("status")).textContent).toContain("says that it is a part");
    record.refusal = { code: "not_ready", message: "No checkpoint is complete here yet." };
    await user.click(screen.getByRole("button", { name: "Export" }));
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Nothing was written: No checkpoint"));
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
    show(web);
    expect(await screen.findByText("Nothing was recorded yet.")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Verify now" })).toBeNull();
    await expectAccessible();
  });

  it("shows why the record cannot be read", async () => {
    const [transport] = desktop();
    transport.failure = { status: 403, code: "forbidden", detail: "Your role does not read the record." };
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

  it("says honestly that what ran cannot be undone from here, and walks the chain by keys", async () => {
    const user = userEvent.setup();
    const [transport] = desktop();
    transport.entries = [...chain().slice(0, 4), entry(7, "execution_finished", { outcome: "succeeded" }, { links: { action_id: "act-9" } })];
    globalThis.location.hash = "#/record/7";
    show(transport);
    expect((await screen.findByTestId("rollback")).textContent).toContain("the server carries out no rollback yet");
    await screen.findByTestId("chain");
    await user.keyboard("[[");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record/6"));
    expect(screen.queryByTestId("rollback")).toBeNull();
    await user.keyboard("]");
    await waitFor(() => expect(globalThis.location.hash).toBe("#/record/7"));
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
