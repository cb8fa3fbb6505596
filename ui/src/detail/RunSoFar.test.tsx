/** What came before a request: the run so far, the agent's record, what was rolled back, and whose rules asked. */
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, consoleState, material, NOW } from "../test/fixtures";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import type { Background, Step } from "./background";

const step = (more: Partial<Step>): Step => ({ action_id: `act-${JSON.stringify(more)}`, at: NOW, title: "Run make", verdict: "AUTO", rule: "below_threshold", level: "low", rolled_back: false, ...more });
const STEPS = [
  step({ ran: "succeeded" }),
  step({ rule: "grant" }),
  step({ verdict: "BLOCKED", rule: "blocked_list" }),
  step({ verdict: "APPROVAL", approval_id: "a-1", status: "rejected" }),
  step({ verdict: "APPROVAL", approval_id: "a-2", status: "approved", ran: "failed" }),
  step({ verdict: "APPROVAL", approval_id: "a-3", status: "approved", ran: "succeeded", rolled_back: true, title: "Run deploy\u202E" }),
  step({ verdict: "APPROVAL", status: "expired", title: null }),
];
const BACKGROUND: Background = {
  run: { session_id: "s1", steps: STEPS, more: true },
  plan: { plan_id: "p", name: "release", step: "push", phase: "verify", position: 2, count: 5 },
  record: { agent: "nova", days: 30, own_only: true, approved: 12, rejected: 3, expired: 1, failed: 2, rolled_back: 4 },
  policy: {
    scope: "policy of dana", version: 3, newest: 4, saved_by: "root", proposed_by: "ana", saved_at: NOW, reason: "after the incident",
    level: "standard", max_risk_threshold: 0.6, require_approval_for: ["deploy_*", "command_run"], matched: "command_run",
  },
  guardrails: [
    { id: "no-friday", text: "forbid (principal, action, resource);", shipped: false, changed_since: true, version: 7, saved_by: "root", saved_at: NOW },
    { id: "old", shipped: false, changed_since: false },
  ],
  server_time: NOW,
};

async function open(background: unknown = BACKGROUND, more: Partial<ApprovalView> = {}, prepare: (t: FakeTransport) => void = () => undefined) {
  const view = approval({ level: "medium", material: material({ session_id: "s1" }), ...more });
  const transport = new FakeTransport(view);
  transport.on("GET", /background$/, () => background);
  prepare(transport);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { transport, user: userEvent.setup() };
}

const run = () => screen.getByTestId("run-so-far").textContent ?? "";

describe("the run so far", () => {
  it("says what earlier steps were in the reader's language", async () => {
    prefer({ language: "de" });
    const words = [{ text: "Run make", code: "do.run", with: { command: "make" } }];
    await open({ ...BACKGROUND, run: { session_id: "s1", steps: [step({ ran: "succeeded", words })], more: false } });
    expect((await screen.findByTestId("run-step")).textContent).toContain("lief allein, gelungen: Ausführen: make");
  });

  it("tells what became of each step, the place in the plan, and for whom", async () => {
    await open(BACKGROUND, { claims: { other: { ticket: "OPS-7" } } });
    const steps = (await screen.findAllByTestId("run-step")).map((item) => item.textContent ?? "");
    const became = steps.map((text) => text.split(": ")[0]);
    expect(became).toEqual([
      "ran on its own, succeeded", "ran under a grant", "blocked", "rejected", "approved, failed", "approved, succeeded, rolled back", "expired",
    ]);
    expect(steps.at(-2)).toContain("<U+202E>");
    expect(steps.at(-1)).toContain("erased");
    expect(screen.getByTestId("plan-place").textContent).toBe("Step 2 of 5 of the plan release: push, its verification");
    expect(screen.getByTestId("run-for").textContent).toBe("For dana. Ticket, as the agent says: OPS-7");
    expect(run()).toContain("Older steps exist");
    await expectAccessible();
  });

  it("opens a step that people decided, and shows all of many", async () => {
    const many = Array.from({ length: 12 }, (_, i) => step({ action_id: `act-${i}`, approval_id: `a-${i}`, verdict: "APPROVAL", status: "approved", title: `Run ${i}` }));
    const { user } = await open({ ...BACKGROUND, run: { session_id: "s1", steps: many, more: false } });
    expect(await screen.findAllByTestId("run-step")).toHaveLength(8);
    await user.click(screen.getByTestId("all-steps"));
    expect(screen.getAllByTestId("run-step")).toHaveLength(12);
    await user.click(screen.getByRole("button", { name: "Run 11" }));
    expect(location.hash).toBe("#/approvals/a-11");
  });

  it("says where there is none, what failed, and tries again", async () => {
    let answer: unknown = { server_time: NOW, run: { session_id: "s1", steps: [], more: false } };
    await open(answer);
    expect(await screen.findByText("This is the first step of its session.")).toBeDefined();
    cleanup();
    answer = { server_time: NOW };
    let fails = true;
    const { user } = await open(undefined, {}, (t) =>
      t.on("GET", /background$/, () => {
        if (fails) throw new FakeProblem({ status: 503, code: "unavailable", detail: "" });
        return answer;
      }),
    );
    await screen.findByText(/What came before could not be read/);
    fails = false;
    await user.click(within(screen.getByTestId("run-so-far")).getByRole("button", { name: "Try again" }));
    expect(await screen.findByText(/The agent named no session/)).toBeDefined();
    await expectAccessible();
  });

  it("tells without a connection what this device knows, and that the rest is missing", async () => {
    const before = approval({ status: "rejected", created_at: NOW - 900_000_000, title: "Run: before", material: material({ session_id: "s1", command: "before" }) });
    const other = approval({ status: "approved", created_at: NOW - 900_000_000, title: "Run: other", material: material({ session_id: "s2" }) });
    await open(undefined, {}, (t) => {
      t.console = consoleState({ online: false });
      t.approvals.set(before.id, before);
      t.approvals.set(other.id, other);
    });
    expect((await screen.findAllByTestId("run-step")).map((item) => item.textContent)).toEqual([expect.stringContaining("rejected: Run: before")]);
    expect(run()).toContain("what ran without asking, and how it ended, is missing");
    expect(screen.getByTestId("policy-author").textContent).toBe("not kept on this device; the server cannot be reached");
    await expectAccessible();
  });
});

describe("whose rules asked", () => {
  it("are named with author, reason, version and text", async () => {
    const { user } = await open();
    await screen.findByTestId("policy-says");
    const author = screen.getByTestId("policy-author");
    expect(author.textContent).toContain("root, proposed by ana");
    expect(author.textContent).toContain("“after the incident”");
    expect(author.textContent).toContain("Version 4 has replaced it since.");
    expect(screen.getByTestId("policy-says").textContent).toBe("level standard, runs alone up to 0.600; asks for deploy_*, command_run. This action falls under command_run.");
    const [text, gone] = screen.getAllByTestId("guardrail-text");
    await user.click(text?.querySelector("summary") as Element);
    expect(text?.textContent).toContain("forbid (principal, action, resource);");
    expect(text?.textContent).toContain("Version 7 of the guardrails, saved by root");
    expect(text?.textContent).toContain("The guardrails have changed since");
    expect(gone?.textContent).toContain("It is no longer in the guardrails.");
    await expectAccessible();
  });

  it("are built in where nobody saved one, and hidden from who may not read them", async () => {
    const { policy } = BACKGROUND;
    await open({ ...BACKGROUND, policy: { ...policy, version: 0, newest: 0, saved_by: null, matched: null, require_approval_for: [] } });
    expect(await screen.findByText("nobody: it is built in")).toBeDefined();
    expect(screen.getByTestId("policy-says").textContent).toBe("level standard, runs alone up to 0.600. ");
    cleanup();
    await open({ server_time: NOW });
    expect(await screen.findByText("not for you to see")).toBeDefined();
  });
});

describe("an agent's record", () => {
  it("counts what was approved, rejected and rolled back", async () => {
    await open();
    expect((await screen.findByTestId("agent-record")).textContent).toBe(
      "nova over 30 days: 12 approved, 3 rejected, 1 expired, 2 failed, 4 rolled back. Only of what it asked for you.",
    );
  });

  it("marks precedents that failed or were rolled back, in German too", async () => {
    prefer({ language: "de" });
    const one = { approval_id: "0193-before", status: "approved", ended_at: NOW, title: "Run", decided_by: ["cleo"], level: "low", risk_score: 0.1, similarity: 1000, new_facts: [], gone_facts: [], new_targets: [], other_agent: false, other_policy: false, other_rule: false };
    const items = [{ ...one, ran: "succeeded", rolled_back: true }, { ...one, approval_id: "b", ran: "failed" }, { ...one, approval_id: "c", ran: "succeeded" }];
    await open(BACKGROUND, {}, (t) => t.on("GET", /precedents$/, () => ({ items, compared: 3, more: false, server_time: NOW })));
    const told = (await screen.findAllByTestId("precedent-ran")).map((p) => p.textContent);
    expect(told).toEqual(["▲ Es lief und wurde zurückgerollt.", "▲ Es lief und scheiterte."]);
    expect((await screen.findByTestId("agent-record")).textContent).toContain("4 zurückgerollt");
    await expectAccessible();
  });
});
