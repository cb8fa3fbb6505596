import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { prefer } from "../state/preferences";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { consoleState } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import { insights, nothing } from "./fixtures";
import type { Insights } from "./useInsights";

const PATH = /\/audit\/insights$/;
const chart = (id: string) => within(screen.getByTestId(`chart-${id}`));

function serving(answer: Partial<Insights> = {}): [FakeTransport, URLSearchParams[]] {
  const asked: URLSearchParams[] = [];
  const transport = new FakeTransport().on("GET", PATH, ({ query }) => {
    asked.push(query);
    return insights(answer);
  });
  return [transport, asked];
}

describe("insight", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/insight";
    vi.stubGlobal("ResizeObserver", class {
      observe() {}
      unobserve() {}
      disconnect() {}
    });
  });

  it("says in a sentence what each chart shows, and draws it", async () => {
    const [transport] = serving();
    show(transport);
    await screen.findByText("The mean risk score rose from 0.200 to 0.400.");
    for (const words of [
      "6 of 40 decisions were about high or critical risk.",
      "People approved 75% of what they answered; 2 expired unanswered.",
      "above threshold asked most often: 14 times.",
      "nova was rejected most often: 3 of 12 requests.",
      "Most often touches auth: 2 blocked, 9 asked about.",
      "bob gave 50% of approvals within 5 seconds, too fast to have read them.",
      "The end of 90% of 20 runs is recorded.",
    ])
      expect(screen.getByText(words)).toBeDefined();
    await waitFor(() => expect(chart("decisions-by-level").getByRole("application")).toBeDefined());
    await expectAccessible();
  });

  it("shows the same numbers as a table, with gaps where nothing was decided", async () => {
    const user = userEvent.setup();
    show(serving()[0]);
    await user.click(await screen.findByRole("button", { name: "Show Risk over time as a table" }));
    const rows = chart("risk-over-time").getAllByRole("row").map((row) => row.textContent);
    expect(rows).toHaveLength(4);
    expect(rows[1]).toContain("0.2");
    expect(rows[2]).toContain("nonenone");
    await user.click(screen.getByRole("button", { name: "Show Agents by rejections as a table" }));
    expect(chart("agents").getByRole("link", { name: "show its entries" }).getAttribute("href")).toMatch(/^#\/record\?agent=nova&from=\d{4}-\d\d-\d\d&to=/);
    await expectAccessible();
  });

  it("saves a chart's rows as CSV", async () => {
    const saved: Blob[] = [];
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: (blob: Blob) => (saved.push(blob), "blob:x"), revokeObjectURL: () => undefined }));
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const user = userEvent.setup();
    show(serving()[0]);
    await user.click(await screen.findByRole("button", { name: "Download Rules by prompts as CSV" }));
    expect(clicked).toHaveBeenCalledOnce();
    expect(await saved[0]?.text()).toBe("Rule,asked,blocked\r\nabove threshold,14,0\r\n");
  });

  it("keeps period and repository in the address and asks the server for them", async () => {
    const user = userEvent.setup();
    const [transport, asked] = serving();
    show(transport);
    await user.selectOptions(await screen.findByRole("combobox", { name: "Period" }), "90 days");
    expect(globalThis.location.hash).toBe("#/insight?days=90");
    await user.type(screen.getByRole("textbox", { name: "Repository" }), "infra{Enter}");
    expect(globalThis.location.hash).toBe("#/insight?days=90&repo=infra");
    await waitFor(() => expect(asked.at(-1)?.get("repo")).toBe("infra"));
    await user.type(screen.getByRole("textbox", { name: "Agent" }), "nova{Enter}");
    expect(globalThis.location.hash).toBe("#/insight?days=90&repo=infra&agent=nova");
    await waitFor(() => expect(asked.at(-1)?.get("agent")).toBe("nova"));
    await user.click(screen.getByRole("button", { name: "Clear" }));
    expect(globalThis.location.hash).toBe("#/insight?days=90");
  });

  it("leads from each chart and card to what it was counted from, with the same filters", async () => {
    globalThis.location.hash = "#/insight?repo=shop&agent=nova";
    const user = userEvent.setup();
    show(serving({ repo: "shop", agent: "nova" })[0]);
    await screen.findByTestId("chart-agents");
    const link = (name: string) => screen.getByRole("link", { name: `see them: ${name}` }).getAttribute("href") ?? "";
    for (const name of ["Risk over time", "Decisions over time", "Decisions by level", "What became of requests", "Time to decide", "Rules by prompts", "Agents by rejections", "What stops actions", "People who vote", "Coverage of the record"]) {
      const asked = new URLSearchParams(link(name).split("?")[1]);
      expect([name, asked.get("repo"), asked.get("agent")]).toEqual([name, "shop", "nova"]);
      expect(asked.get("from")).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
    expect(link("Waiting now")).toBe("#/");
    expect(link("Expired unanswered")).toContain("kind=approval_expired");
    await user.click(screen.getByRole("button", { name: "Show Rules by prompts as a table" }));
    const [tune, seen] = chart("top-rules").getAllByRole("link").slice(-2).map((found) => found.getAttribute("href") ?? "");
    expect(tune).toBe("#/policy?rule=above_threshold");
    expect(seen).toContain("rule=above_threshold");
    await expectAccessible();
  });

  it("refuses days in the wrong order", async () => {
    globalThis.location.hash = "#/insight?from=2026-03-09&to=2026-03-01";
    show(serving()[0]);
    expect((await screen.findByRole("alert")).textContent).toBe("The first day must not be after the last.");
    await expectAccessible();
  });

  it("says what to do when nothing was decided", async () => {
    show(serving(nothing())[0]);
    expect((await screen.findByTestId("no-insight")).textContent).toContain("Needs 20 decisions to say much; there are 0.");
    expect(screen.queryByTestId("chart-agents")).toBeNull();
    await expectAccessible();
  });

  it("says that few decisions mean little, and draws a single point", async () => {
    const [one] = insights().over_time;
    show(serving({ decisions: 1, over_time: one ? [one] : [] })[0]);
    await screen.findByText("Needs 20 decisions to say much; there are 1.");
    expect(screen.getByText("The mean risk score was 0.200.")).toBeDefined();
  });

  it("says who may see the figures when the role may not", async () => {
    const transport = new FakeTransport().on("GET", PATH, () => {
      throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
    });
    show(transport);
    expect((await screen.findByTestId("no-permission")).textContent).toContain("Auditors");
    await expectAccessible();
  });

  it("offers another try after a failure", async () => {
    let broken = true;
    const transport = new FakeTransport().on("GET", PATH, () => {
      if (broken) throw new FakeProblem({ status: 500, code: "internal", detail: "It broke." });
      return insights();
    });
    show(transport);
    await screen.findByText("It broke.");
    await expectAccessible();
    broken = false;
    await userEvent.setup().click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("chart-agents")).toBeDefined();
  });

  it("says from when the picture is when the connection is gone, and when it may be old", async () => {
    const [transport] = serving();
    show(transport);
    await screen.findByTestId("chart-agents");
    transport.console = consoleState({ online: false });
    act(() => transport.tell("state"));
    await screen.findByText(/Offline: this is what was known at/);
    transport.console = consoleState({ stale: true });
    act(() => transport.tell("state"));
    expect(await screen.findByText(/Not live: this is what was known at .+, new entries may be missing/)).toBeDefined();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    show(serving()[0]);
    await screen.findByText("Der mittlere Risikowert stieg von 0,200 auf 0,400.");
    expect(screen.getByRole("button", { name: "Agenten nach Ablehnungen als CSV herunterladen" })).toBeDefined();
    expect(screen.getByText("über der Schwelle fragte am häufigsten: 14-mal.")).toBeDefined();
    expect(screen.getByText(/Am häufigsten berührt die Anmeldung/)).toBeDefined();
    expect(chart("decisions-by-level").getByText("lief ungefragt")).toBeDefined();
    expect(document.body.textContent).not.toMatch(/AUTO|APPROVAL|BLOCKED|above_threshold|touches/);
    await expectAccessible();
  });
});
