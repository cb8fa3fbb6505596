/** "Always allow like this…": who is offered it, what it shows before it is proposed, and the rules in force. */
import { configure, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { FakePolicies, orgText, proposal, refuse } from "../policy/fixtures";
import { prefer } from "../state/preferences";
import { NOW, approval, consoleState } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import type { ApprovalView } from "../api/types";
import type { AllowDrafts, AllowRuleView } from "./calls";

configure({ asyncUtilTimeout: 30_000 });

const example = { action_id: "act-1", created_at: NOW, title: "Run git push origin b in shop", risk_score: 0.25, level: "low", failed: false };
const replay = { let_run: 31, rejected: 2, failed: 0, examples: [{ ...example, people: "rejected" }, { ...example, action_id: "act-2", title: "Run git push origin a in shop", people: "approved" }] };
const none = { let_run: 0, rejected: 0, failed: 0, examples: [] };

const DRAFTS: AllowDrafts = {
  drafts: [
    { like: "same_action", what: "git push origin x", words: "", replay: { ...none, let_run: 1, examples: [{ ...example, action_id: "act-3", people: "approved" }] } },
    { like: "same_program", what: "git push", words: "", replay },
    { like: "same_path", what: "", unavailable: "has_command", words: "", replay: none },
  ],
  looked_at: 412,
  since: NOW,
  more: false,
};

const RULE: AllowRuleView = {
  id: "rule-1",
  user: "dana",
  agent: "nova",
  action_type: "command_run",
  repo: "shop",
  like: "same_program",
  what: "git push",
  facts: [],
  rule: "require_approval_list",
  level: "low",
  approval_id: "0193-a",
  proposed_by: "alice",
  created_at: NOW,
  expires_at: NOW + 86_400_000_000,
};

function at(more: Partial<ApprovalView> = {}, role = "admin", online = true) {
  const view = approval({ requester: "dana", ...more });
  const server = new FakePolicies(role);
  server.console = consoleState({ role, user: "alice", online });
  server.approvals.set(view.id, view);
  server.on("GET", /\/allow-rules$/, () => DRAFTS);
  globalThis.location.hash = `#/approvals/${view.id}`;
  show(server);
  return { server, view };
}

async function begin() {
  await userEvent.click(await screen.findByTestId("more"));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Always allow like this…" }));
  return screen.findByRole("dialog", { name: "Always allow like this" });
}

describe("the proposal", () => {
  it("says what each likeness would have let run, what people rejected first, and proposes the chosen one", async () => {
    const { server, view } = at();
    server.writes("POST", /\/allow-rules$/, () => proposal({ kind: "allow_rule" }));
    const dialog = await begin();
    const choices = await within(dialog).findAllByRole("radio");
    expect(choices.map((choice) => [choice.matches(":checked"), choice.matches(":disabled")])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(dialog.textContent).toContain("Tried on 412 decisions of the last 30 days.");
    expect(dialog.textContent).toContain("Would have let 31 run, people rejected 2 of them.");
    expect(dialog.textContent).toContain("Would have let 1 run, none of which people rejected.");
    expect(dialog.textContent).toContain("A command does what it does");
    await expectAccessible();
    await userEvent.click(within(dialog).getByRole("radio", { name: /same program/ }));
    const listed = within(dialog).getAllByRole("listitem").map((item) => item.textContent);
    expect(listed[0]).toMatch(/git push origin b.*rejected/);
    const send = within(dialog).getByTestId("propose-rule");
    expect(send.matches(":disabled")).toBe(true);
    await userEvent.type(within(dialog).getByRole("textbox", { name: /Why may this run/ }), "always the same");
    const days = within(dialog).getByRole("textbox", { name: /how many days/ });
    await userEvent.clear(days);
    await userEvent.type(days, "91");
    expect(dialog.textContent).toContain("A whole number from 1 to 90.");
    expect(send.matches(":disabled")).toBe(true);
    await userEvent.clear(days);
    await userEvent.type(days, "14");
    await userEvent.click(send);
    expect(await within(dialog).findByText(/in force once a second person accepts it/)).toBeTruthy();
    expect(server.last(new RegExp(`${view.id}/allow-rules$`))).toEqual({ like: "same_program", days: 14, reason: "always the same" });
    await expectAccessible();
  });

  it("says the titles of what was asked in the reader's language", async () => {
    prefer({ language: "de" });
    const { server } = at();
    const words = [{ text: example.title, code: "title.in", with: { repo: "shop", subject: { text: "Run git push origin b", code: "do.run", with: { command: "git push origin b" } } } }];
    server.on("GET", /\/allow-rules$/, () => ({ ...DRAFTS, drafts: [{ ...DRAFTS.drafts[1], replay: { ...replay, examples: [{ ...example, words }] } }] }));
    await userEvent.click(await screen.findByTestId("more"));
    await userEvent.click(await screen.findByRole("menuitem", { name: "So etwas immer erlauben …" }));
    expect(await screen.findByText("Ausführen: git push origin b in shop")).toBeTruthy();
    prefer({ language: "system" });
  });

  it("says why nothing like it can be allowed", async () => {
    const { server } = at();
    server.on("GET", /\/allow-rules$/, () => ({ ...DRAFTS, drafts: [], unavailable: "facts" }));
    const dialog = await begin();
    expect(await within(dialog).findByText(/destroys or gives away something/)).toBeTruthy();
    expect(within(dialog).queryByTestId("propose-rule")).toBeNull();
    await expectAccessible();
  });

  it("keeps what was written when the server refuses", async () => {
    const { server } = at();
    server.writes("POST", /\/allow-rules$/, () => refuse("unavailable"));
    const dialog = await begin();
    await userEvent.type(await within(dialog).findByRole("textbox", { name: /Why may this run/ }), "why not");
    await userEvent.click(within(dialog).getByTestId("propose-rule"));
    expect(await within(dialog).findByRole("alert")).toBeTruthy();
    expect(within(dialog).getByRole<HTMLTextAreaElement>("textbox", { name: /Why may this run/ }).value).toBe("why not");
  });

  it("is in the palette too", async () => {
    at();
    await screen.findByTestId("more");
    await screen.findByTestId("detail");
    await waitFor(async () => {
      await userEvent.keyboard("{Control>}k{/Control}");
      expect(await screen.findByText("Always allow like this…")).toBeTruthy();
    });
  });

  it.each([
    ["high risk", { level: "high" }, "admin", true],
    ["critical risk", { level: "critical" }, "admin", true],
    ["a console without a connection", {}, "admin", false],
  ])("is not offered for %s", async (_, more, role, online) => {
    at(more, role, online);
    await userEvent.click(await screen.findByTestId("more"));
    await screen.findByRole("menuitem", { name: "Copy the digest" });
    expect(screen.queryByRole("menuitem", { name: "Always allow like this…" })).toBeNull();
  });
});

describe("who may not change policies", () => {
  it("is not offered it, once their rights are known", async () => {
    const { server } = at({}, "approver");
    let asked = 0;
    server.on("GET", /\/guardrails$/, () => {
      asked += 1;
      return orgText();
    });
    await waitFor(() => expect(asked).toBeGreaterThan(0));
    await userEvent.click(await screen.findByTestId("more"));
    await screen.findByRole("menuitem", { name: "Copy the digest" });
    expect(screen.queryByRole("menuitem", { name: "Always allow like this…" })).toBeNull();
  });
});

describe("the rules in force", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/policy/allowed";
  });

  it("say what, for whom, where and until when, and are ended after one more question", async () => {
    const server = new FakePolicies();
    let rules = [RULE];
    server.on("GET", /\/allow-rules$/, () => rules);
    server.on("DELETE", /\/allow-rules\/rule-1$/, () => {
      rules = [];
      return null;
    });
    show(server);
    const card = await screen.findByRole("article", { name: "Allow rule: git push …" });
    for (const words of ["nova for dana", "command_run in shop", "up to low risk, where this asked: always asks", "with no risky fact", "until"]) {
      expect(card.textContent).toContain(words);
    }
    await expectAccessible();
    await userEvent.click(within(card).getByRole("button", { name: "End it now" }));
    const dialog = await screen.findByRole("dialog", { name: "End this allow rule?" });
    await expectAccessible();
    await userEvent.click(within(dialog).getByTestId("confirm-end"));
    expect(await screen.findByText(/^Ended/)).toBeTruthy();
    expect(await screen.findByText(/No allow rule is in force/)).toBeTruthy();
  });

  it("cannot be ended by who may not change policies", async () => {
    const server = new FakePolicies("approver");
    server.on("GET", /\/allow-rules$/, () => [RULE]);
    show(server);
    const card = await screen.findByRole("article", { name: /Allow rule/ });
    expect(within(card).getByRole("button", { name: "End it now" }).matches(":disabled")).toBe(true);
  });

  it("are proposals first, with everything that they would cover", async () => {
    globalThis.location.hash = "#/policy/proposals";
    const server = new FakePolicies();
    const rule = { ...RULE, words: ["git", "push"], facts: { hard_to_undo: "serious" } };
    server.proposals = [proposal({ kind: "allow_rule", about: "allow rule", request: { rule, days: 30, reason: "always the same" } as never })];
    show(server);
    const card = await screen.findByRole("article", { name: "Allow rule: git push …" });
    expect(card.textContent).toContain("for 30 days from its acceptance");
    expect(card.textContent).toContain("with no other facts than:");
    expect(card.textContent).toContain("always the same");
    await expectAccessible();
  });

  it("are said in German", async () => {
    prefer({ language: "de" });
    const server = new FakePolicies();
    server.text = orgText();
    server.on("GET", /\/allow-rules$/, () => [RULE]);
    show(server);
    expect(await screen.findByRole("article", { name: "Erlaubnisregel: git push …" })).toBeTruthy();
    prefer({ language: "system" });
  });

  it("hide nothing, neither as proposals nor when one is ended", async () => {
    const hidden = { ...RULE, like: "same_action", what: "git push \u202E", shown: "git push \u202E" };
    const server = new FakePolicies();
    server.on("GET", /\/allow-rules$/, () => [hidden]);
    show(server);
    await userEvent.click(await screen.findByRole("button", { name: "End it now" }));
    expect((await screen.findByRole("dialog")).textContent).toContain("Allow rule: git push <U+202E>");
    await userEvent.keyboard("{Escape}");
    server.proposals = [proposal({ kind: "allow_rule", about: "allow rule", request: { rule: hidden, days: 30, reason: "x" } as never })];
    globalThis.location.hash = "#/policy/proposals";
    expect((await screen.findByRole("heading", { level: 3, name: /^Allow rule/ })).textContent).toBe("Allow rule: git push <U+202E>");
  });
});
