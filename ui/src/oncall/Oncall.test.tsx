import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { prefer } from "../state/preferences";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { approval, bypassView, consoleState, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import type { ApprovalView } from "../api/types";
import { nextStep } from "./Alerts";
import { wrongSteps } from "./LinePart";
import { asText } from "./sheet";
import { wrongShift } from "./ShiftDialog";
import type { HandoverView, OnCallView, ScheduleView, TurnView } from "./useOncall";

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
/** Monday 19 October 2026, 09:00 in Berlin; the clocks go back within the week. */
const MONDAY = Date.parse("2026-10-19T07:00:00Z") * 1000;

const turns: TurnView[] = [
  { user: "ana", from: MONDAY, to: MONDAY + 7 * DAY + HOUR, origin: "rota" },
  { user: "alice", from: MONDAY + 8 * DAY, to: MONDAY + 9 * DAY, origin: "override" },
];

function schedule(more: Partial<ScheduleView> = {}): ScheduleView {
  return {
    id: "primary",
    name: "Primary",
    zone: "Europe/Berlin",
    rota: { people: ["ana", "ben"], begins: "2026-09-07T09:00:00", days: 7 },
    shifts: [{ id: "s-1", user: "alice", from: MONDAY + 8 * DAY, to: MONDAY + 9 * DAY, origin: "override", by: "alice" }],
    now: turns[0],
    next: turns[1],
    ...more,
  };
}

function book(more: Partial<OnCallView> = {}): OnCallView {
  return { schedules: [schedule()], line: [{ at: 500, to: "schedule", name: "primary" }, { at: 750, to: "role", name: "admin" }], target_minutes: 120, version: 3, server_time: MONDAY + HOUR, ...more };
}

function served(first: OnCallView = book(), role = "approver") {
  const transport = new FakeTransport();
  transport.console = consoleState({ role });
  const sent: { method: string; path: string; body: unknown }[] = [];
  const take = (method: string, path: RegExp, answer: () => unknown = () => first) =>
    transport.on(method, path, ({ pathname, body }) => {
      sent.push({ method, path: pathname.replace("/api/governance/oncall", ""), body });
      return answer();
    });
  transport.on("GET", /\/oncall$/, () => first).on("GET", /\/turns$/, () => turns);
  take("PUT", /\/oncall\/schedules\//);
  take("DELETE", /\/oncall\/schedules\//);
  take("POST", /\/shifts$/);
  take("PUT", /\/oncall\/line$/);
  return { transport, sent };
}

beforeEach(() => {
  globalThis.location.hash = "#/oncall";
});

describe("schedules", () => {
  it("show who is on call now and next, by the schedule's own clock, with gaps and changes of the clock", async () => {
    show(served().transport);
    const now = within(await screen.findByTestId("on-call-now"));
    expect(now.getByText("ana")).toBeDefined();
    expect(now.getByText(/09:00/)).toBeDefined();
    expect(within(screen.getByTestId("on-call-next")).getByText("alice")).toBeDefined();
    expect(screen.getByText(/Times of Europe\/Berlin/)).toBeDefined();
    const rows = await screen.findAllByTestId("turn");
    expect(rows).toHaveLength(2);
    expect(screen.getByTestId("clock-change").textContent).toBe("clocks go back in it: 60 min longer");
    expect(screen.getByTestId("gap").textContent).toMatch(/Nobody is on call between/);
    await expectAccessible();
  });

  it("let a person take a shift, and give it back", async () => {
    const user = userEvent.setup();
    const { transport, sent } = served();
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Take a shift of Primary" }));
    await screen.findByRole("dialog");
    expect(screen.queryByTestId("shift-user")).toBeNull();
    await expectAccessible();
    await user.click(screen.getByTestId("confirm-shift"));
    expect(await screen.findByText("You have it. It is in the record.")).toBeDefined();
    expect(sent[0]).toEqual({ method: "POST", path: "/schedules/primary/shifts", body: { from: expect.any(Number) as number, to: expect.any(Number) as number } });
    await user.click(screen.getByRole("button", { name: /^Give back: alice/ }));
    await screen.findByText("Given back.");
    expect(sent[1]).toMatchObject({ method: "DELETE", path: "/schedules/primary/shifts/s-1" });
  });

  it("are edited by an administrator: zone, people in turn, first handover", async () => {
    const user = userEvent.setup();
    const { transport, sent } = served(book(), "admin");
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Edit Primary" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(dialog.getByTestId("rota-add"), "eva{Enter}");
    await user.click(dialog.getByRole("button", { name: "Move 3. eva up" }));
    await user.click(dialog.getByRole("button", { name: "Take 1. ana out" }));
    expect(dialog.getAllByTestId("rota-person").map((row) => row.textContent)).toEqual([expect.stringContaining("eva"), expect.stringContaining("ben")]);
    await expectAccessible();
    await user.click(dialog.getByTestId("save-schedule"));
    await screen.findByText("Saved. It is in the record.");
    expect(sent[0]?.body).toEqual({ name: "Primary", zone: "Europe/Berlin", version: 3, rota: { people: ["eva", "ben"], begins: "2026-09-07T09:00", days: 7 } });
  });

  it("say in place what is wrong, and what somebody else saved meanwhile", async () => {
    const user = userEvent.setup();
    const { transport } = served(book({ schedules: [] }), "admin");
    let code = "invalid";
    transport.on("PUT", /\/schedules\//, () => {
      throw new FakeProblem({ status: 422, code, detail: "“Mars/Base” is no time zone; write one such as Europe/Berlin." });
    });
    show(transport);
    expect(await screen.findByText("Nobody is on call by a schedule.")).toBeDefined();
    await user.click(screen.getByTestId("new-schedule"));
    await user.type(screen.getByTestId("schedule-id"), "primary");
    await user.type(screen.getByTestId("schedule-name"), "Primary");
    await user.click(screen.getByTestId("save-schedule"));
    await screen.findByText(/is no time zone/);
    await expectAccessible();
    code = "version_conflict";
    await user.click(screen.getByTestId("save-schedule"));
    expect(await screen.findByText(/Somebody saved it meanwhile/)).toBeDefined();
  });

  it("read a calendar: checked first, what names no shift is said in place and can be named", async () => {
    const user = userEvent.setup();
    const { transport } = served(book(), "admin");
    const asked: { people: Record<string, string>; dry_run: boolean }[] = [];
    transport.on("POST", /\/calendar$/, ({ body }) => {
      const { people, dry_run } = body as (typeof asked)[number] & { calendar: string };
      asked.push({ people, dry_run });
      const known = people["On Call - Eva"] === "eva";
      return {
        shifts: known ? [{ user: "eva", from: MONDAY, to: MONDAY + DAY, origin: "calendar" }] : [],
        skipped: known ? [] : [{ what: "On Call - Eva", why: "it names nobody who is known here" }],
        saved: !dry_run,
      };
    });
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Import a calendar into Primary" }));
    await user.upload(screen.getByTestId("calendar-file"), new File(["BEGIN:VCALENDAR"], "shifts.ics", { type: "text/calendar" }));
    await user.click(screen.getByTestId("check-calendar"));
    await screen.findByText("1 event names no shift");
    expect(screen.getByText(/it names nobody who is known here/)).toBeDefined();
    expect(screen.getByTestId<HTMLButtonElement>("confirm-import").disabled).toBe(true);
    await expectAccessible();
    await user.type(screen.getByLabelText("Who is “On Call - Eva”?"), "eva");
    await user.click(screen.getByTestId("check-calendar"));
    await screen.findByText("1 shift found");
    await user.click(screen.getByTestId("confirm-import"));
    await screen.findByText("Imported. It is in the record.");
    expect(asked).toEqual([
      { people: {}, dry_run: true },
      { people: { "On Call - Eva": "eva" }, dry_run: true },
      { people: { "On Call - Eva": "eva" }, dry_run: false },
    ]);
  });

  it("say that a file is no calendar", async () => {
    const user = userEvent.setup();
    const { transport } = served(book(), "admin");
    transport.on("POST", /\/calendar$/, () => {
      throw new FakeProblem({ status: 422, code: "invalid", detail: "It is no calendar: line 1." });
    });
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Import a calendar into Primary" }));
    await user.upload(screen.getByTestId("calendar-file"), new File(["<html>"], "shifts.ics", { type: "text/calendar" }));
    await user.click(screen.getByTestId("check-calendar"));
    expect((await screen.findByTestId("calendar-problem")).textContent).toBe("It is no calendar: line 1.");
  });

  it("are removed after asking", async () => {
    const user = userEvent.setup();
    const { transport, sent } = served(book(), "admin");
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Remove Primary" }));
    expect(document.activeElement?.textContent).toBe("Cancel");
    await user.click(screen.getByTestId("confirm"));
    await screen.findByText("Removed.");
    expect(sent).toHaveLength(1);
  });

  it("are not for every role, and not there without a connection", async () => {
    const { transport } = served(book(), "developer");
    let problem = { status: 403, code: "forbidden", detail: "no" };
    transport.on("GET", /\/oncall$/, () => {
      throw new FakeProblem(problem);
    });
    const page = show(transport);
    await screen.findByTestId("no-permission");
    await expectAccessible();
    page.unmount();
    problem = { status: 503, code: "unavailable", detail: "away" };
    transport.console = consoleState({ online: false });
    show(transport);
    expect(await screen.findByText(/who is on call is with the server/)).toBeDefined();
  });

  it("speak German", async () => {
    prefer({ language: "de" });
    show(served().transport);
    expect(await screen.findByText("Jetzt in Bereitschaft")).toBeDefined();
    await expectAccessible();
  });
});

describe("the line", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/oncall/line";
  });

  it("is shown to everybody and changed by administrators", async () => {
    const user = userEvent.setup();
    const page = show(served().transport);
    expect((await screen.findAllByTestId("line-step")).map((row) => row.textContent)).toEqual(["50 % of the time: on call by primary", "75 % of the time: role administrator"]);
    expect(screen.getByText("Only administrators change this.")).toBeDefined();
    await expectAccessible();
    page.unmount();
    const { transport, sent } = served(book(), "admin");
    show(transport);
    await user.click(await screen.findByTestId("add-step"));
    await expectAccessible();
    await user.clear(screen.getByTestId("target-minutes"));
    await user.type(screen.getByTestId("target-minutes"), "30");
    await user.click(screen.getByTestId("save-line"));
    await screen.findByText("Saved. It is in the record.");
    expect(sent[0]?.body).toEqual({
      line: [{ at: 500, to: "schedule", name: "primary" }, { at: 750, to: "role", name: "admin" }, { at: 990, to: "schedule", name: "primary" }],
      target_minutes: 30,
      version: 3,
    });
  });

  it("refuses steps as the server does", () => {
    const of = (percent: string, name = "x") => ({ percent, name });
    expect(wrongSteps([of("50"), of("75")])).toEqual([null, null]);
    expect(wrongSteps([of("50"), of("50")])).toEqual([null, "bad_at"]);
    expect(wrongSteps([of("0"), of("100")])).toEqual(["bad_at", "bad_at"]);
    expect(wrongSteps([of("", ""), of("10", " ")])).toEqual(["bad_at", "bad_name"]);
  });
});

function handover(more: Partial<HandoverView> = {}): HandoverView {
  return {
    at: NOW,
    schedules: [schedule()],
    pending: [{ id: "apr-1", title: "Run: terraform apply <prod>", level: "high", requester: "dana", agent: "nova", created_at: NOW, expires_at: NOW + 20 * 60_000_000, alerts: 1, votes: 0, quorum: 2 }],
    grants: [],
    freezes: [{ id: "f-1", scope: "agent", name: "rex", reason: "odd", by: "bob", at: NOW, server_time: NOW, stops: [{ execution_id: "r", user: "dana", action_type: "x", title: "Run: x", requested_at: NOW, status: "started" }] }],
    bypasses: [bypassView(), bypassView({ id: "byp-2", state: "ended", overdue: true, review_due_at: NOW })],
    envelopes: [{ id: "env-1", envelope: "", signature: "", gate_id: "g", gate_name: "build-1", scope: "repo", name: "vault", minutes: 15, not_after: NOW + 3_600_000_000, holder: "olga", device_id: "d", issued_by: "otto", issued_at: NOW, status: "sealed", server_time: NOW }],
    proposals: [],
    late: 2,
    ...more,
  };
}

describe("the handover sheet", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/oncall/handover";
  });

  it("lists everything that is open, with where it is", async () => {
    show(served().transport.on("GET", /\/handover$/, () => handover()));
    const part = (name: string) => within(screen.getByTestId(`handover-${name}`));
    await screen.findByTestId("handover");
    expect(part("pending").getByRole("link").getAttribute("href")).toBe("#/approvals/apr-1");
    expect(part("pending").getByText(/20 min left.*0 of 2 votes.*nobody is on it.*1 alert/)).toBeDefined();
    expect(part("freezes").getByText(/1 gate has not confirmed/)).toBeDefined();
    expect(part("bypasses").getByText(/in force until/)).toBeDefined();
    expect(part("bypasses").getByText(/review overdue since/)).toBeDefined();
    expect(part("envelopes").getByText("Repository vault")).toBeDefined();
    expect(part("envelopes").getByText(/15 minutes at gate build-1, held by olga/)).toBeDefined();
    expect(part("grants").getByText("No agent may repeat anything.")).toBeDefined();
    expect(part("late").getByText("2 requests waited longer than the target in the last day.")).toBeDefined();
    await expectAccessible();
  });

  it("is printed, and saved as text and as JSON", async () => {
    const user = userEvent.setup();
    const printed = vi.spyOn(globalThis, "print").mockImplementation(() => undefined);
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
      names.push(this.download);
    });
    URL.createObjectURL = () => "blob:x";
    URL.revokeObjectURL = () => undefined;
    show(served().transport.on("GET", /\/handover$/, () => handover()));
    await user.click(await screen.findByTestId("print-handover"));
    await user.click(screen.getByTestId("handover-text"));
    await user.click(screen.getByTestId("handover-json"));
    expect(printed).toHaveBeenCalledOnce();
    expect(names.map((name) => name.replace(/^handover-.*\./, "."))).toEqual([".md", ".json"]);
  });

  it("is text that no reader of Markdown takes for anything else", () => {
    const text = asText(handover({ late: 0 }));
    expect(text).toContain("- \\[high\\] Run: terraform apply \\<prod\\> – nova of dana");
    expect(text).toContain("No request waited longer than the target in the last day.");
  });
});

describe("the line of a waiting request", () => {
  const waiting = (more: Partial<ApprovalView> = {}) => approval({ id: "apr-7", created_at: NOW, expires_at: NOW + 100 * 60_000_000, alerts: [], ...more });

  it("says who was alerted and why, and who is next", async () => {
    globalThis.location.hash = "#/approvals/apr-7";
    const { transport } = served();
    transport.approvals.set("apr-7", waiting({ alerts: [{ step: 0, users: ["eva"], cause: "undeliverable", at: NOW }], target_missed_at: NOW }));
    show(transport);
    expect((await screen.findByTestId("alert")).textContent).toMatch(/eva.*nobody told before can be reached/);
    expect((await screen.findByTestId("next-alert")).textContent).toContain("role admin");
    expect(screen.getByTestId("target-missed").textContent).toContain("longer than the target");
    await expectAccessible();
  });

  it("is silent while somebody is on it, while time stands still, and at its end", () => {
    expect(nextStep(waiting(), book())).toEqual({ step: book().line[0], at: NOW + 50 * 60_000_000 });
    expect(nextStep(waiting({ claimed_by: { user: "bob", at: NOW } }), book())).toBeNull();
    expect(nextStep(waiting({ paused_since: NOW }), book())).toBeNull();
    expect(nextStep(waiting({ status: "approved" }), book())).toBeNull();
    expect(nextStep(waiting(), book({ line: [] }))).toBeNull();
    expect(nextStep(waiting(), undefined)).toBeNull();
  });
});

describe("a shift", () => {
  it("is refused as the server refuses it", () => {
    expect(wrongShift(NOW, NOW, NOW)).toBe("order");
    expect(wrongShift(null, NOW, NOW)).toBe("order");
    expect(wrongShift(NOW - DAY, NOW, NOW)).toBe("past");
    expect(wrongShift(NOW, NOW + 367 * DAY, NOW)).toBe("long");
    expect(wrongShift(NOW - HOUR, NOW + HOUR, NOW)).toBeNull();
  });
});
