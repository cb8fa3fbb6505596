import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { approval, consoleState, material, NOW, NOW_MS } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { prefer } from "../state/preferences";
import { noteApproved } from "./brake";
import { undo } from "./held";
import { reasonOf } from "./ReasonChips";

/** Longer than an approval is held back. */
const SENT = { timeout: 30_000 };

afterEach(() => {
  while (undo());
});

async function open(more: Partial<ApprovalView> = {}, prepare: (t: FakeTransport) => void = () => undefined) {
  const view = approval(more);
  const transport = new FakeTransport(view);
  prepare(transport);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { view, transport, user: userEvent.setup() };
}

const bound = (view: ApprovalView) => ({ approvalId: view.id, digest: view.digest, policyHash: view.policy_hash });
const armed = () => waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("confirm-approve").disabled).toBe(false));

describe("evidence", () => {
  it("comes in order, whole, and as plain text", async () => {
    const { view } = await open({
      level: "medium",
      title: "Run: curl",
      material: material({ command: `curl x\u202E | sh ${"x".repeat(5000)}END`, args: { "<b>": 1 } }),
      claims: { intent: "<b>Safe</b> [click](http://x)", other: { tests_pass: true } },
    });
    const order = screen.getAllByRole("heading", { level: 3 }).map((h) => h.textContent ?? "");
    expect(order.map((t) => t.replace(/(Risk|asks|run|touches|before|says|People|Discussion).*/, "$1"))).toEqual([
      "Risk", "Why it asks", "Exactly what will run", "What it touches", "Way back", "Agent says", "The run", "Decided before", "People", "Discussion",
    ]);
    const code = screen.getAllByTestId("code")[0]?.textContent ?? "";
    expect(code).toContain("<U+202E>");
    expect(code.endsWith("END")).toBe(true);
    expect(screen.getAllByTestId("hidden-warning").length).toBeGreaterThan(0);
    expect(screen.getByTestId("detail").querySelector("b b, a[href], img")).toBeNull();
    expect(screen.getByText("+0.100")).toBeDefined();
    expect(screen.getByTestId("risk-total").textContent).toContain("0.100");
    expect(screen.getByText(view.digest.slice(0, 8))).toBeDefined();
    await expectAccessible();
  });

  it("shows a capped sum as a sum", async () => {
    const part = (name: string) => ({ name, contribution: 600, reason: name, evidence: [] });
    await open({ level: "critical", risk_score: 1, factors: [part("a"), part("b")] });
    expect(screen.getByTestId("risk-total").textContent).toContain("1.200, capped at 1.000");
  });
});

describe("what the server found", () => {
  it("shows counterfactuals, advice, guardrails, hidden secrets and the parts that matter", async () => {
    await open({
      level: "medium",
      material: material({ command: "mysql -p{secret: mysql_password, len: 9, tag: 44726d575290} && ls" }),
      factors: [{ name: "auth", contribution: 400, reason: "Affects authentication", evidence: ["file a"], counterfactual: "0.400 lower without a" }],
      advice: { reject_probability: 0.62, rests_on: 13, reasons: ["8 of 13 like this were rejected"], raised: true },
      guardrails: [{ id: "no-friday", reason: "not on Fridays", instead: "wait until Monday" }],
      segments: [{ text: "mysql -p…", words: ["mysql"], facts: ["exposes_secret"] }, { text: "ls", words: ["ls"] }],
    });
    expect(screen.getByTestId("counterfactual").textContent).toBe("0.400 lower without a");
    expect(screen.getByTestId("advice").textContent).toContain("People reject about 62 % of requests like this (learned from 13).");
    expect(screen.getByTestId("advice").textContent).toContain("one level higher");
    expect(screen.getByTestId("guardrails").textContent).toContain("no-friday: not on Fridays Instead: wait until Monday");
    expect(screen.getByTestId("secret").textContent).toBe("{secret: mysql_password, len: 9, tag: 44726d575290}");
    expect(screen.getByTestId("segments").textContent).toBe("mysql -p…exposes secretlsnothing is known against it");
    await expectAccessible();
  });

  it("shows who looks at it, what was asked and what the agent answered", async () => {
    const remark = (id: string, kind: string, user: string, text: string, answers_to?: string) =>
      ({ id, kind, user, text, at: NOW, ...(answers_to ? { answers_to } : {}) });
    await open({
      level: "medium",
      claimed_by: { user: "cleo", at: NOW },
      discussion: [remark("q", "question", "bob", "Why all?"), remark("c", "comment", "bob", "Hm."), remark("a", "answer", "nova", "A header changed.", "q")],
    });
    const said = within(screen.getByTestId("discussion")).getAllByRole("listitem").map((item) => item.textContent ?? "");
    expect(said[0]).toContain("Why all?");
    expect(said[1]).toContain("A header changed.");
    expect(said[2]).toContain("Hm.");
    expect(screen.getByTestId("claimed-by").textContent).toBe("cleo");
    expect(screen.getByTestId("claim").textContent).toBe("Take over from cleo");
  });

  it("keeps a remark apart from why a command is edited", async () => {
    const { view, transport, user } = await open({ level: "medium", material: material({ command: "make all" }) });
    let sent: unknown;
    transport.on("POST", /edit$/, ({ body }) => {
      sent = body;
      return view;
    });
    const write = (field: string, value: string) => fireEvent.change(screen.getByTestId(field), { target: { value } });
    write("remark", "Why all?");
    await user.click(screen.getByTestId("edit-command"));
    write("edited-command", "make all -n");
    write("edited-why", "look first");
    expect(screen.getByTestId<HTMLInputElement>("remark").value).toBe("Why all?");
    await user.click(screen.getByText("Ask for this instead"));
    await waitFor(() => expect(JSON.stringify(sent)).toContain("look first"));
  });
});

describe("approve", () => {
  it("can be given for repeats, with an end", async () => {
    const { view, transport, user } = await open({ level: "medium", material: material({ command: "make all" }) });
    await user.click(screen.getByTestId("approve"));
    await user.selectOptions(screen.getByTestId("reach"), "same_command");
    await user.clear(screen.getByTestId("uses"));
    await user.type(screen.getByTestId("uses"), "0");
    await new Promise((done) => setTimeout(done, 800));
    expect(screen.getByTestId<HTMLButtonElement>("confirm-approve").disabled).toBe(true);
    await user.clear(screen.getByTestId("uses"));
    await user.type(screen.getByTestId("uses"), "3");
    await armed();
    await user.click(screen.getByTestId("confirm-approve"));
    expect(transport.drafts).toEqual([
      { ...bound(view), verdict: "approve", reason: "", scope: { same_command: { minutes: 30, uses: 3 } } },
    ]);
  });

  it("offers no repeats at critical risk", async () => {
    const { user } = await open({ level: "critical", needs_step_up: true });
    const button = screen.queryByTestId("approve");
    if (button) await user.click(button);
    expect(screen.queryByTestId("reach")).toBeNull();
  });

  it("of low risk is one click, and sent when five seconds are over", async () => {
    const { view, transport, user } = await open();
    const pressed = performance.now();
    await user.click(screen.getByTestId("approve"));
    expect(screen.getByTestId("held-back").textContent).toContain("Nothing is signed before the time is over.");
    expect(screen.getByTestId<HTMLButtonElement>("approve").disabled).toBe(true);
    expect(transport.drafts).toEqual([]);
    await expectAccessible();
    await waitFor(() => expect(transport.drafts).toEqual([{ ...bound(view), verdict: "approve", reason: "" }]), SENT);
    expect(performance.now() - pressed).toBeGreaterThan(4900);
    expect((await screen.findByTestId("outcome")).textContent).toContain("Recorded #1234.");
    expect(screen.queryByTestId("held-back")).toBeNull();
  }, 40_000);

  it("of low risk is undone by button, by z, by rejecting, and by a change of what was shown", async () => {
    const { view, transport, user } = await open();
    await user.click(screen.getByTestId("approve"));
    await user.click(screen.getByTestId("undo"));
    expect(screen.queryByTestId("held-back")).toBeNull();
    await user.click(screen.getByTestId("approve"));
    await user.keyboard("z");
    expect(screen.queryByTestId("held-back")).toBeNull();
    await user.click(screen.getByTestId("approve"));
    await user.click(screen.getByTestId("reject"));
    expect(screen.queryByTestId("held-back")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByTestId("approve"));
    act(() => transport.push({ ...view, policy_hash: "ee".repeat(32), version: 2 }));
    await waitFor(() => expect(screen.queryByTestId("held-back")).toBeNull());
    expect(transport.drafts).toEqual([]);
  });

  it("of low risk stays bound to the policy that was shown, also when another request is read meanwhile", async () => {
    const { view, transport, user } = await open();
    const other = approval({ id: "0193-other", title: "Run: another" });
    act(() => transport.push(other));
    await user.click(screen.getByTestId("approve"));
    act(() => {
      location.hash = `#/approvals/${other.id}`;
    });
    await screen.findByRole("heading", { name: /Run: another/ });
    act(() => transport.push({ ...view, policy_hash: "ee".repeat(32), version: 2 }));
    await waitFor(() => expect(transport.drafts).toEqual([{ ...bound(view), verdict: "approve", reason: "" }]), SENT);
  }, 40_000);

  it("is slowed down after a fast series, with the count and the reason", async () => {
    for (let n = 0; n < 6; n += 1) noteApproved("alice", [`fast-${n}`], 500, NOW_MS);
    const { transport, user } = await open();
    expect(screen.getByTestId("brake").textContent).toContain("You approved 6 in 1 s");
    await user.click(screen.getByTestId("approve"));
    expect(screen.queryByTestId("held-back")).toBeNull();
    await armed();
    await user.click(screen.getByTestId("confirm-approve"));
    expect(transport.drafts).toEqual([]);
    await expectAccessible();
  });

  it("of high risk is typed by who cannot hold", async () => {
    prefer({ typeInsteadOfHold: true });
    const { transport, user } = await open({ level: "high", needs_step_up: true });
    await user.click(screen.getByTestId("approve"));
    await user.type(screen.getByLabelText("Type auth-service to confirm"), "auth-service");
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await armed();
    await user.click(screen.getByTestId("confirm-approve"));
    expect(transport.drafts).toHaveLength(1);
  });

  it("is never pressed by Enter", async () => {
    const { transport, user } = await open();
    screen.getByTestId("approve").focus();
    await user.keyboard("{Enter}");
    expect(transport.drafts).toEqual([]);
    await user.keyboard(" ");
    await waitFor(() => expect(transport.drafts).toHaveLength(1), SENT);
  }, 40_000);

  it("does not take the focus when it opens", async () => {
    await open();
    expect(document.activeElement).toBe(document.body);
  });

  it("of medium risk arms its button after a while", async () => {
    const { view, transport, user } = await open({ level: "medium" });
    await user.click(screen.getByTestId("approve"));
    const confirm = screen.getByTestId<HTMLButtonElement>("confirm-approve");
    expect(confirm.disabled).toBe(true);
    expect(confirm.contains(document.activeElement)).toBe(false);
    await expectAccessible();
    await user.type(screen.getByTestId("reason"), "tests pass{Enter}");
    await armed();
    expect(transport.drafts).toEqual([]);
    await user.click(screen.getByTestId("confirm-approve"));
    expect(transport.drafts).toEqual([{ ...bound(view), verdict: "approve", reason: "tests pass", scope: "once" }]);
  });

  it("ignores a click beside the dialog, and Escape decides nothing", async () => {
    const { transport, user } = await open({ level: "medium" });
    await user.click(screen.getByTestId("approve"));
    await user.click(document.querySelector(".MuiDialog-container") as HTMLElement);
    expect(screen.getByRole("dialog")).toBeDefined();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(transport.drafts).toEqual([]);
    expect(screen.getByTestId("detail")).toBeDefined();
  });

  it("of high risk is held for two seconds, with the passphrase", async () => {
    const { transport, user } = await open({ level: "high", needs_step_up: true });
    await user.click(screen.getByTestId("approve"));
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await armed();
    await expectAccessible();
    const hold = screen.getByTestId("confirm-approve");
    await user.click(hold);
    expect(transport.drafts).toEqual([]);
    fireEvent.pointerDown(hold, { button: 0 });
    await waitFor(() => expect(transport.drafts).toHaveLength(1), { timeout: 20_000 });
    expect(transport.drafts[0]).toMatchObject({ verdict: "approve", passphrase: "correct horse" });
  });

  it("of high risk can be typed by those who cannot hold", async () => {
    const { transport, user } = await open({ level: "high", needs_step_up: true });
    await user.click(screen.getByTestId("approve"));
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await user.type(screen.getByTestId("typed-target"), "auth-service");
    await armed();
    await user.click(screen.getByTestId("confirm-approve"));
    expect(transport.drafts).toHaveLength(1);
  });

  it("of critical risk needs the target typed and the passphrase, and says who else must", async () => {
    const { transport, user } = await open({ level: "critical", needs_step_up: true, quorum: 2 });
    await user.click(screen.getByTestId("approve"));
    expect(screen.getByText(/One more person must approve after you/)).toBeDefined();
    const confirm = () => screen.getByTestId<HTMLButtonElement>("confirm-approve");
    await user.type(screen.getByTestId("typed-target"), "auth-service");
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await armed();
    await user.type(screen.getByTestId("typed-target"), "{Backspace}");
    expect(confirm().disabled).toBe(true);
    await user.type(screen.getByTestId("typed-target"), "e");
    await user.clear(screen.getByTestId("passphrase"));
    expect(confirm().disabled).toBe(true);
    await user.type(screen.getByTestId("passphrase"), "correct horse");
    await user.click(confirm());
    expect(transport.drafts).toHaveLength(1);
  });

  it.each<[string, Partial<ApprovalView>, string]>([
    ["one's own request", { requester: "alice" }, "you cannot approve"],
    ["a changed byte", { digest: "00".repeat(32) }, "does not match the digest"],
    ["a part nobody can show", { material: material({ shell: "zsh" }) }, "shell"],
  ])("is absent for %s, and Reject stays", async (_, more, why) => {
    await open(more);
    expect(screen.queryByTestId("approve")).toBeNull();
    expect(screen.getByTestId("why-not").textContent).toContain(why);
    expect(screen.getByTestId("reject")).toBeDefined();
    await expectAccessible();
  });

  it("waits for a connection at high risk", async () => {
    await open({ level: "high", needs_step_up: true }, (t) => (t.console = consoleState({ online: false })));
    expect(screen.queryByTestId("approve")).toBeNull();
    expect(screen.getByText("Approve needs a connection at this level.")).toBeDefined();
  });

  it("closes its dialog when the request is decided elsewhere meanwhile", async () => {
    const { view, transport, user } = await open({ level: "medium" });
    await user.click(screen.getByTestId("approve"));
    act(() => transport.push({ ...view, status: "cancelled", version: 2, ended_at: NOW }));
    await waitFor(() => expect(screen.queryByTestId("confirm-approve")).toBeNull());
    expect(screen.getByTestId("ended").textContent).toContain("Withdrawn");
    expect(screen.queryByTestId("approve")).toBeNull();
  });

  it("says it when the policy changed while the request was open", async () => {
    const { view, transport } = await open({ level: "medium" });
    act(() => transport.push({ ...view, policy_hash: "ee".repeat(32), version: 2 }));
    expect(await screen.findByTestId("changed")).toBeDefined();
  });
});

describe("reject", () => {
  it("carries chips and words as the reason", async () => {
    const { view, transport, user } = await open({ level: "high" });
    await user.click(screen.getByTestId("reject"));
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Too broad" }));
    await user.type(screen.getByTestId("reason"), "only one file");
    await user.click(screen.getByTestId("confirm-reject"));
    expect(transport.drafts).toEqual([{ ...bound(view), verdict: "reject", reason: "Too broad: only one file" }]);
  });

  it("joins what there is", () => {
    expect([reasonOf([], ""), reasonOf(["A", "B"], " "), reasonOf([], " x ")]).toEqual(["", "A, B", "x"]);
  });
});

describe("what became of it", () => {
  it("is a refusal in words, announced at once", async () => {
    const { user } = await open({}, (t) => (t.answer = () => ({ state: "refused", code: "already_decided" })));
    await user.click(screen.getByTestId("approve"));
    expect((await screen.findByRole("alert", {}, SENT)).textContent).toContain("Somebody decided this before your vote arrived");
    await expectAccessible();
  }, 40_000);

  it("is told with its entry when the outbox brings it later", async () => {
    const { view, transport } = await open();
    transport.items = [{ id: "1", approvalId: view.id, verdict: "approve", title: view.title, state: "recorded", ledgerIndex: 77, madeAt: NOW }];
    act(() => transport.tell("outbox"));
    await waitFor(() => expect(screen.getByTestId("outcome").textContent).toContain("Recorded #77."));
  });

  it("is not in effect until it is sent", async () => {
    const { user } = await open({}, (t) => {
      t.console = consoleState({ online: false });
      t.answer = () => ({ state: "queued" });
    });
    await user.click(screen.getByTestId("approve"));
    expect((await screen.findByTestId("outcome", {}, SENT)).textContent).toContain("not in effect until sent");
    expect(screen.getByTestId<HTMLButtonElement>("approve").disabled).toBe(true);
  }, 40_000);

  it("is unknown when the answer got lost", async () => {
    const { user } = await open({}, (t) => (t.answer = () => Promise.reject(new TypeError("Failed to fetch"))));
    await user.click(screen.getByTestId("approve"));
    expect((await screen.findByRole("alert", {}, SENT)).textContent).toContain("not known whether");
  }, 40_000);

  it("is told about a request that somebody else ended", async () => {
    const vote = { user: "bob", verdict: "reject", surface: "notification", reason: "Not now", at: NOW };
    await open({ status: "rejected", ended_at: NOW, votes: [vote] });
    const ended = within(screen.getByTestId("ended"));
    expect(ended.getByText(/by bob/)).toBeDefined();
    expect(ended.getByText(/Not now/)).toBeDefined();
    expect(screen.queryByTestId("reject")).toBeNull();
    await expectAccessible();
  });

  it("leads to the request that replaced it", async () => {
    const next = approval({ title: "The newer one" });
    const { user } = await open({ status: "superseded", superseded_by: next.id, ended_at: NOW }, (t) => t.approvals.set(next.id, next));
    await user.click(screen.getByRole("button", { name: "Open the request that replaced it" }));
    expect(await screen.findByRole("heading", { level: 2, name: "The newer one" })).toBeDefined();
  });
});
