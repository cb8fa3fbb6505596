import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/problem";
import type { BypassDetail, BypassList, BypassStep, BypassView } from "../api/types";
import { prefer } from "../state/preferences";
import { FakeTransport } from "../test/FakeTransport";
import { bypassList, bypassView, consoleState, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import { missing, reviews, standingOf } from "./bypass";
import { HOLD_MS } from "./HoldToAct";

const SECOND = 1_000_000;
const NOBODY = { confirm: false, alone: false, end: false, review: false };

function run(more: Partial<BypassDetail["runs"][number]> = {}): BypassDetail["runs"][number] {
  return {
    action_id: "act-1", ledger_index: 77, at: NOW, actor: "nova", user: "dana", title: "Run: make deploy", level: "high", risk_score: 0.8,
    would_be: "APPROVAL", would_rule: "above_threshold", would_reasons: [], skipped: ["alice"], outcome: "succeeded", ...more,
  };
}

/** A server with these bypasses, and a device that signs. */
function served(list: Partial<BypassList> = {}, runs = [run()]) {
  const transport = new FakeTransport();
  transport.console = consoleState({ role: "oncall" });
  let now = bypassList(list);
  const steps: { step: BypassStep; passphrase?: string }[] = [];
  const ended: string[] = [];
  let answer = (_step: BypassStep): BypassView => bypassView();
  transport.bypass = {
    canRaise: true,
    sign: (step, passphrase) => {
      steps.push(passphrase === undefined ? { step } : { step, passphrase });
      try {
        return Promise.resolve(answer(step));
      } catch (thrown) {
        return Promise.reject(thrown as Error);
      }
    },
  };
  transport
    .on("GET", /\/bypass$/, () => now)
    .on("GET", /\/bypass\/[\w-]+$/, ({ pathname }) => {
      const id = pathname.split("/").at(-1);
      return { bypass: now.open.find((view) => view.id === id), runs, server_time: NOW };
    })
    .on("DELETE", /\/bypass\//, ({ pathname }) => {
      ended.push(pathname.split("/").at(-1) ?? "");
      now = bypassList({ open: [] });
      return bypassView({ state: "ended" });
    });
  return { transport, steps, ended, set: (more: Partial<BypassList>) => (now = bypassList(more)), answers: (by: typeof answer) => (answer = by) };
}

/** What typing leaves in a field; a busy machine types letters slowly. */
const fill = (testId: string, text: string) => fireEvent.change(screen.getByTestId(testId), { target: { value: text } });

/** Holds a button for as long as it takes. */
async function hold(testId: string): Promise<void> {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  fireEvent.pointerDown(screen.getByTestId(testId), { button: 0 });
  await act(() => vi.advanceTimersByTimeAsync(HOLD_MS));
  vi.useRealTimers();
}

beforeEach(() => {
  globalThis.location.hash = "#/emergency/bypass";
});

describe("asking for a bypass", () => {
  it("asks one question after the other and signs only at the end", async () => {
    const { transport, steps, set, answers } = served();
    show(transport);
    fireEvent.click(await screen.findByTestId("open-bypass"));
    const next = () => fireEvent.click(screen.getByTestId("bypass-next"));
    next();
    await screen.findByText("Say which.");
    fill("bypass-name", "shop");
    next();
    next();
    await screen.findByText("Name the incident.");
    fill("bypass-incident", "INC-7");
    fill("bypass-reason", "too short");
    next();
    await screen.findByText("Say more: at least 20 characters.");
    fill("bypass-reason", "too short, so here is all of it");
    next();
    fireEvent.click(screen.getByLabelText("30 minutes"));
    next();
    expect(within(screen.getByTestId("stays-blocked")).getByText("What a freeze stops")).toBeDefined();
    next();
    expect(within(screen.getByTestId("who-is-told")).getByText("carol")).toBeDefined();
    next();
    expect(within(screen.getByTestId("confirmers")).getByText(/console open/)).toBeDefined();
    expect(screen.getByTestId<HTMLButtonElement>("ask-bypass").disabled).toBe(true);
    fill("bypass-passphrase", "a long passphrase");
    await expectAccessible();
    expect(steps).toEqual([]);
    const asked = bypassView({ state: "asked", by: "alice", number: 7, lapses_at: NOW + 600 * SECOND, you: { ...NOBODY, end: true } });
    answers(() => {
      set({ open: [asked] });
      return asked;
    });
    await hold("ask-bypass");
    expect((await screen.findByTestId("bypass-number")).textContent).toBe("07");
    expect(steps).toEqual([
      { step: { step: "ask", scope: "repo", name: "shop", incident: "INC-7", reason: "too short, so here is all of it", minutes: 30 }, passphrase: "a long passphrase" },
    ]);
    expect(screen.queryByTestId("bypass-wizard")).toBeNull();
  });

  it("offers no longer time than the policy allows, and none at all when it forbids it", async () => {
    const user = userEvent.setup();
    const { limits } = bypassList();
    const page = show(served({ limits: { ...limits, minutes: [15] } }).transport);
    await user.click(await screen.findByTestId("open-bypass"));
    await user.type(screen.getByTestId("bypass-name"), "shop");
    await user.click(screen.getByTestId("bypass-next"));
    await user.type(screen.getByTestId("bypass-incident"), "INC-7");
    await user.type(screen.getByTestId("bypass-reason"), "The shop is down and nobody answers");
    await user.click(screen.getByTestId("bypass-next"));
    expect(screen.getAllByRole("radio")).toHaveLength(1);
    page.unmount();
    show(served({ limits: { ...limits, minutes: [] } }).transport);
    expect(await screen.findByText("The policy allows no bypass.")).toBeDefined();
  });

  it("says in place why there is none: no right, no key, no connection, or a review that is open", async () => {
    const shown = async (list: Partial<BypassList>, more: (transport: FakeTransport) => void = () => undefined) => {
      const { transport } = served(list);
      more(transport);
      const page = show(transport);
      const words = await screen.findByTestId("bypass-why-not").catch(() => screen.findByTestId("bypass-in-the-way"));
      const text = words.textContent ?? "";
      expect(screen.queryByTestId("open-bypass")).toBeNull();
      page.unmount();
      return text;
    };
    expect(await shown({ may_ask: false, may_not_because: "you are not on call." })).toContain("you are not on call");
    expect(await shown({}, (t) => (t.bypass = { canRaise: false, sign: () => Promise.reject(new Error("no")) }))).toContain("no step-up key");
    expect(await shown({}, (t) => (t.console = consoleState({ role: "oncall", online: false })))).toContain("needs a connection");
    const unreviewed = bypassView({ by: "alice", state: "ended", you: NOBODY });
    const { transport } = served({ open: [unreviewed] });
    show(transport);
    expect((await screen.findByTestId("bypass-in-the-way")).textContent).toContain("INC-7");
    expect(screen.queryByTestId("open-bypass")).toBeNull();
    await expectAccessible();
  });

  it("is not shown to who may not ask while none is open", async () => {
    globalThis.location.hash = "#/emergency";
    const { transport } = served({ may_ask: false });
    transport.console = consoleState();
    show(transport);
    const parts = within(await screen.findByRole("navigation", { name: "Parts" }));
    expect(parts.queryByRole("link", { name: "Bypass" })).toBeNull();
  });

  it("goes on alone only where the policy lets it, and only after the wait", async () => {
    const user = userEvent.setup();
    const waiting = bypassView({ state: "asked", by: "alice", number: 7, alone_from: NOW + 60 * SECOND, lapses_at: NOW + 600 * SECOND, you: { ...NOBODY, alone: true, end: true } });
    const { transport, steps, set } = served({ open: [waiting] });
    show(transport);
    await screen.findByTestId("alone-wait");
    expect(screen.queryByTestId("go-alone")).toBeNull();
    set({ open: [{ ...waiting, alone_from: NOW - SECOND }] });
    transport.tell("emergency");
    await screen.findByText("Nobody answered. You may go on alone.");
    await user.type(screen.getByTestId("bypass-passphrase"), "a long passphrase");
    await expectAccessible();
    await hold("go-alone");
    expect(steps).toEqual([{ step: { step: "alone", id: "byp-1" }, passphrase: "a long passphrase" }]);
  });
});

describe("one's own bypass", () => {
  it("is taken back before anybody confirmed it, and that is said", async () => {
    const user = userEvent.setup();
    const own = bypassView({ state: "asked", by: "alice", number: 7, lapses_at: NOW + 600 * SECOND, you: { ...NOBODY, end: true } });
    const { transport, ended } = served({ open: [own] });
    show(transport);
    await user.click(await screen.findByTestId("take-bypass-back"));
    await screen.findByText("Taken back. It never came into force.");
    expect(ended).toEqual(["byp-1"]);
  });
});

describe("the second person", () => {
  const asked = bypassView({ state: "asked", lapses_at: NOW + 600 * SECOND, you: { ...NOBODY, confirm: true } });

  it("sees what was asked and types the number that is read aloud", async () => {
    const user = userEvent.setup();
    const { transport, steps } = served({ open: [asked] });
    show(transport);
    expect(await screen.findByText("bob asks for a second person.")).toBeDefined();
    expect(screen.getByText("The shop is down and nobody answers")).toBeDefined();
    expect(screen.queryByTestId("bypass-number")).toBeNull();
    await user.type(screen.getByTestId("bypass-number-heard"), "4x2");
    await user.type(screen.getByTestId("bypass-passphrase"), "a long passphrase");
    await expectAccessible();
    await hold("confirm-bypass");
    expect(steps).toEqual([{ step: { step: "confirm", id: "byp-1", ask_sha256: "ab".repeat(32), number: 42 }, passphrase: "a long passphrase" }]);
    expect(await screen.findByText("Confirmed. The bypass is in force.")).toBeDefined();
  });

  it("hears that the number is another one", async () => {
    const user = userEvent.setup();
    const { transport, answers } = served({ open: [asked] });
    answers(() => {
      throw new ApiError("wrong_number", "no");
    });
    show(transport);
    await user.type(await screen.findByTestId("bypass-number-heard"), "41");
    await user.type(screen.getByTestId("bypass-passphrase"), "a long passphrase");
    await hold("confirm-bypass");
    expect(await screen.findByText(/not the number the other person sees/)).toBeDefined();
  });

  it("is sent to the desktop by a browser, which has no step-up key", async () => {
    const { transport } = served({ open: [asked] });
    transport.bypass = { canRaise: false, sign: () => Promise.reject(new Error("no")) };
    show(transport);
    await screen.findByTestId("bypass-to-confirm");
    expect(screen.queryByTestId("bypass-number-heard")).toBeNull();
  });
});

describe("a bypass in force", () => {
  it("is a band on every screen, shows what ran, and ends in one click", async () => {
    const user = userEvent.setup();
    const { transport, ended } = served({ open: [bypassView()] });
    transport.on("GET", /\/grants$/, () => []);
    show(transport);
    const card = within(await screen.findByTestId("bypass-active"));
    expect(await card.findByText("Run: make deploy")).toBeDefined();
    expect(card.getByText(/would have waited: above threshold/)).toBeDefined();
    expect(card.getByRole("link", { name: "entry 77" }).getAttribute("href")).toBe("#/record/77");
    expect(screen.getByText(/Bypass in force, 1[345] min left/)).toBeDefined();
    await expectAccessible();
    globalThis.location.hash = "#/grants";
    await screen.findByText("What agents may repeat without asking again. A grant never covers a higher risk or another rule.");
    await user.click(screen.getByTestId("band-end-bypass"));
    await waitFor(() => expect(ended).toEqual(["byp-1"]));
    await waitFor(() => expect(screen.queryByText(/Bypass in force/)).toBeNull());
  });

  it("hears of each run", async () => {
    const runs: BypassDetail["runs"] = [];
    const { transport } = served({ open: [bypassView()] }, runs);
    show(transport);
    await screen.findByText("Nothing ran under it yet.");
    runs.push(run(), run({ action_id: "act-2", outcome: "started" }));
    transport.tell("emergency");
    await waitFor(() => expect(screen.getAllByTestId("bypass-run")).toHaveLength(2));
    expect(screen.getByText("2 actions")).toBeDefined();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    show(served({ open: [bypassView()] }).transport);
    expect(await screen.findByText(/Umgehung gilt, noch 1[345] Min/)).toBeDefined();
    await expectAccessible();
  });
});

describe("a review", () => {
  const due = bypassView({ state: "ended", ended_at: NOW - SECOND, ends_at: NOW, review_due_at: NOW + 3600 * SECOND, you: { ...NOBODY, review: true } });

  beforeEach(() => {
    globalThis.location.hash = "#/emergency/reviews";
  });

  it("shows what ran and when it is due, and is cleared with a finding", async () => {
    const user = userEvent.setup();
    const { transport, steps } = served({ open: [due] });
    show(transport);
    expect((await screen.findByTestId("review-due")).textContent).toContain("due");
    expect(await screen.findByText("Run: make deploy")).toBeDefined();
    expect(screen.getByText("1 bypass waits for its review.")).toBeDefined();
    expect(screen.getByTestId<HTMLButtonElement>("clear-review").disabled).toBe(true);
    await user.type(screen.getByTestId("finding"), "All of it was the fix.");
    await expectAccessible();
    await user.click(screen.getByTestId("clear-review"));
    expect(await screen.findByText("Reviewed. It is in the record.")).toBeDefined();
    expect(steps).toEqual([{ step: { step: "review", id: "byp-1", finding: "All of it was the fix." } }]);
  });

  it("is somebody else's than the two of the beginning, and says so", async () => {
    show(served({ open: [{ ...due, overdue: true, review_due_at: NOW - SECOND, you: NOBODY }] }).transport);
    expect((await screen.findByTestId("review-due")).textContent).toContain("overdue");
    expect(screen.getByText(/Somebody else must review it/)).toBeDefined();
    expect(screen.queryByTestId("finding")).toBeNull();
    await expectAccessible();
  });

  it("lists what was reviewed and what never began", async () => {
    const closed = [bypassView({ id: "a", state: "reviewed", reviewed_by: "carol", reviewed_at: NOW, finding: "Fine" }), bypassView({ id: "b", state: "lapsed" })];
    show(served({ closed }).transport);
    expect(await screen.findByText("No review is open.")).toBeDefined();
    expect(screen.getByText(/reviewed by carol.*Fine/)).toBeDefined();
    expect(screen.getByText("never came into force")).toBeDefined();
    await expectAccessible();
  });
});

describe("how a bypass stands", () => {
  it("ends and lapses by its own times, whatever was said before", () => {
    const at = (view: BypassView, seconds: number) => standingOf(view, NOW / 1000 + seconds * 1000);
    expect(at(bypassView(), 0)).toBe("active");
    expect(at(bypassView(), 840)).toBe("ended");
    const asked = bypassView({ state: "asked", lapses_at: NOW + 600 * SECOND });
    expect([at(asked, 0), at(asked, 600)]).toEqual(["asked", "lapsed"]);
    expect(standingOf(bypassView({ state: "odd" }), NOW / 1000)).toBe("active");
  });

  it("puts the review that is due first first", () => {
    const of = (id: string, review_due_at: number) => bypassView({ id, state: "ended", review_due_at });
    expect(reviews(bypassList({ open: [of("b", 2), of("a", 1)] }), NOW / 1000).map((view) => view.id)).toEqual(["a", "b"]);
  });

  it("counts the characters of a reason as people do", () => {
    const wish = { scope: "repo" as const, name: "shop", incident: "INC-7", reason: "𝔸".repeat(19), minutes: 15 };
    expect(missing(wish, 1, 20)).toBe("reason");
    expect(missing({ ...wish, reason: "𝔸".repeat(20) }, 1, 20)).toBeNull();
    expect(missing({ ...wish, scope: "everything", name: "" }, 0, 20)).toBeNull();
  });
});
