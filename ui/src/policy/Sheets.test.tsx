/** Proposals, suggestions, risk, the rules of approving, and the texts, in their states. */
import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { NOW, entry } from "../test/fixtures";
import { prefer } from "../state/preferences";
import { expectAccessible, show } from "../test/screen";
import { FakePolicies, orgText, policy, preview, proposal, refuse } from "./fixtures";

// The screen is loaded when it is first gone to, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 30_000 });

const go = (sheet: string) => {
  globalThis.location.hash = `#/policy/${sheet}`;
};
const click = (name: string | RegExp) => userEvent.click(screen.getByRole("button", { name }));

// The editor measures text, which only a layout can.
beforeEach(() => {
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
  Range.prototype.getBoundingClientRect = () => new DOMRect();
});

describe("proposals", () => {
  beforeEach(() => go("proposals"));

  it("show what would change and why, and another person puts one in force", async () => {
    const server = new FakePolicies();
    server.proposals = [proposal()];
    server.writes("POST", /\/proposals\//, () => {
      server.proposals = [];
      return proposal({ status: "accepted" });
    });
    show(server);
    const card = await screen.findByRole("article", { name: "Policy: dana" });
    expect((await within(card).findByRole("list", { name: "What changes" })).textContent).toMatch(/0\.600.*0\.700.*looser/);
    expect(card.textContent).toContain("practised");
    expect(card.textContent).toContain("proposed by bob");
    await expectAccessible();
    await click("Accept, put in force");
    expect(await screen.findByText(/Accepted: it is in force/)).toBeTruthy();
    expect(await screen.findByText("Nothing waits for a second person.")).toBeTruthy();
    expect(server.last(/prop-1$/)).toEqual({ decision: "accept" });
  });

  it("cannot be accepted by who made them, only withdrawn", async () => {
    const server = new FakePolicies();
    server.proposals = [proposal({ proposed_by: "alice" })];
    server.writes("POST", /\/proposals\//, () => proposal({ status: "refused" }));
    show(server);
    expect(await screen.findByText(/You made this proposal/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Accept/ })).toBeNull();
    await expectAccessible();
    await click("Withdraw");
    expect(await screen.findByText(/Withdrawn: nothing changes/)).toBeTruthy();
  });

  it("tell when they are outdated or were decided before", async () => {
    const server = new FakePolicies();
    server.proposals = [proposal()];
    server.writes("POST", /\/proposals\//, () => refuse("version_conflict"));
    show(server);
    await screen.findByRole("article");
    await click("Accept, put in force");
    expect(await screen.findByText(/changed meanwhile, so it is outdated/)).toBeTruthy();
    server.writes("POST", /\/proposals\//, () => refuse("already_decided"));
    await waitFor(() => expect(screen.getByRole("button", { name: "Refuse" }).matches(":disabled")).toBe(false));
    await click("Refuse");
    expect(await screen.findByText(/decided about this proposal before you/)).toBeTruthy();
  });

  it("are not for everybody to read", async () => {
    const server = new FakePolicies("auditor");
    server.on("GET", /\/proposals$/, () => refuse("forbidden"));
    show(server);
    expect(await screen.findByTestId("no-permission")).toBeTruthy();
    expect(screen.getByTestId("no-permission").textContent).toBe("Your role does not see this. Who does: administrator.");
    await expectAccessible();
  });

  it("say in the reader's language what they are about and what they loosen", async () => {
    prefer({ language: "de" });
    const looser = "uses of a grant goes up from 3 to 30";
    const words = [{ text: looser, code: "change.grant_uses_up", with: { from: "3", to: "30" } }];
    const server = new FakePolicies();
    server.proposals = [
      proposal({ kind: "org_settings", about: "settings of the organisation", looser: [looser], words, request: {} as never }),
      proposal({ id: "prop-2", kind: "risk_settings", about: "risk settings of repo:shop", looser: [], request: {} as never }),
    ];
    show(server);
    const card = await screen.findByRole("article", { name: "Zustimmung" });
    expect(card.textContent).toContain("mehr Nutzungen einer Freigabe: 30 statt 3");
    expect(await screen.findByRole("article", { name: "Gewichtung des Risikos: shop" })).toBeTruthy();
  });

  it("show a proposed text line by line", async () => {
    const server = new FakePolicies();
    server.text = orgText({ text: "forbid (principal, action, resource);\n", version: 1 });
    const request = { kind: "guardrails", saved_by: "bob", text: { text: "", version: 1, reason: "not needed" } };
    server.proposals = [proposal({ kind: "guardrails", about: "guardrails of the organisation", request: request as never })];
    show(server);
    const card = await screen.findByRole("article");
    expect(await within(card).findByText("forbid (principal, action, resource);")).toBeTruthy();
    expect(card.textContent).toContain("not needed");
  });

  it("hide nothing in a proposed text", async () => {
    const server = new FakePolicies();
    const text = 'forbid (principal, action, resource)\nwhen { context.user == "ali\u200Bce" }; // \u202E';
    const request = { kind: "guardrails", saved_by: "bob", text: { text, version: 0, reason: "why" } };
    server.proposals = [proposal({ kind: "guardrails", about: "guardrails of the organisation", request: request as never })];
    show(server);
    const card = await screen.findByRole("article");
    await waitFor(() => expect(card.textContent).toContain('"ali<U+200B>ce" }; // <U+202E>'));
  });
});

describe("suggestions", () => {
  beforeEach(() => go("suggestions"));

  it("are advice: one becomes a draft that is reviewed like any other", async () => {
    const server = new FakePolicies();
    const { auto_allowed_actions: auto, require_approval_for: ask, blocked_actions: block } = policy();
    const draft = { level: "standard", max_risk_threshold: 0.6, auto_allowed_actions: [...auto, "git_push"], require_approval_for: ask, blocked_actions: block, version: 3 };
    const found = { user_id: "dana", action_type: "git_push", rule: "above_threshold", approved: 48, facts: [], newest_at: NOW, looser: ["x"], sentence: "", replay: preview().counts, replay_sentence: "", draft };
    server.on("GET", /\/suggestions$/, () => [found]);
    show(server);
    expect(await screen.findByText(/approved 48 of 48/)).toBeTruthy();
    await expectAccessible();
    await waitFor(() => expect(screen.getByRole("button", { name: "Make a draft of it" }).matches(":disabled")).toBe(false));
    await click("Make a draft of it");
    expect(await screen.findByText("1 change, not saved")).toBeTruthy();
    expect(globalThis.location.hash).toBe("#/policy?scope=dana");
    expect(within(screen.getByRole("region", { name: "Runs alone" })).getByRole("button", { name: /git_push/ })).toBeTruthy();
    expect(server.sent.filter(({ method }) => method === "PUT")).toEqual([]);
  });

  it("name the facts in the reader's language", async () => {
    prefer({ language: "de" });
    const server = new FakePolicies();
    const draft = { level: "standard", max_risk_threshold: 0.6, version: 3 };
    const found = { user_id: "dana", action_type: "git_push", rule: "above_threshold", approved: 48, facts: ["touches_auth"], newest_at: NOW, looser: [], sentence: "", replay: preview().counts, replay_sentence: "", draft };
    server.on("GET", /\/suggestions$/, () => [found]);
    show(server);
    expect((await screen.findByRole("article")).textContent).toContain("Alle davon: berührt die Anmeldung.");
  });

  it("say what it takes when there are none", async () => {
    show(new FakePolicies());
    expect(await screen.findByText(/Nothing is suggested/)).toBeTruthy();
    await expectAccessible();
  });
});

describe("risk", () => {
  beforeEach(() => go("risk"));

  it("shows what is inherited, refuses what is out of range, and saves only what was written", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /risk-settings/, () => ({ ...server.risk, version: 1 }));
    show(server);
    const auth = await screen.findByRole("textbox", { name: "auth" });
    expect(screen.getByText("0.400, inherited")).toBeTruthy();
    await expectAccessible();
    const high = screen.getByRole("textbox", { name: "high begins at" });
    await userEvent.type(high, "0.9");
    expect(screen.getByText("From 0.400 to 0.800.")).toBeTruthy();
    expect(screen.getByTestId("review").matches(":disabled")).toBe(true);
    await userEvent.clear(high);
    await userEvent.type(auth, "0,55");
    await userEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("stricter");
    await userEvent.type(within(dialog).getByRole("textbox", { name: "Why?" }), "logins matter");
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    expect(await screen.findByText(/Saved as version 1/)).toBeTruthy();
    expect(server.last(/risk-settings\/default$/)).toEqual({ weights: { auth: 550 }, base: {}, labels: {}, version: 0, reason: "logins matter" });
  });

  it("is chosen for a repository in the address", async () => {
    const server = new FakePolicies();
    show(server);
    await screen.findByRole("textbox", { name: "auth" });
    await userEvent.click(screen.getByRole("combobox", { name: "Settings of" }));
    await userEvent.click(screen.getByRole("option", { name: "A repository" }));
    await userEvent.type(screen.getByRole("textbox", { name: "Repository" }), "payments");
    await click("Show");
    expect(globalThis.location.hash).toBe("#/policy/risk?scope=repo%3Apayments");
  });
});

describe("the rules of approving", () => {
  beforeEach(() => go("approving"));

  it("mark what is looser and send only what changed", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/settings$/, () => ({ ...server.settings, version: 2 }));
    show(server);
    const people = await screen.findByRole("textbox", { name: "People for high risk" });
    await expectAccessible();
    await userEvent.clear(people);
    expect(screen.getByText("1 value is out of range")).toBeTruthy();
    await userEvent.type(people, "2");
    await userEvent.click(screen.getByRole("switch", { name: "What is looser needs a second person" }));
    await userEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getAllByText(/looser$/).length).toBeGreaterThan(0);
    await userEvent.type(within(dialog).getByRole("textbox", { name: /Why is this looser/ }), "alone for a week");
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    await waitFor(() =>
      expect(server.last(/\/settings$/)).toEqual({
        version: 1,
        reason: "alone for a week",
        second_person_for_loosening: false,
        quorum_by_level: { low: 1, medium: 1, high: 2, critical: 2 },
      }),
    );
  });

  it("set for how long what ran can be rolled back, by action type, and send all of it", async () => {
    const server = new FakePolicies();
    server.settings = { ...server.settings, rollback_minutes: { deploy: 60, "*": 1440 } };
    server.writes("PUT", /\/settings$/, () => ({ ...server.settings, version: 2 }));
    show(server);
    const deploy = await screen.findByRole<HTMLInputElement>("textbox", { name: "deploy" });
    expect(deploy.value).toBe("60");
    expect(screen.getByText("1 hour")).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Everything that has no window" }).value).toBe("1440");
    await userEvent.clear(deploy);
    await userEvent.type(deploy, "1.5");
    expect(screen.getByText("1 value is out of range")).toBeTruthy();
    expect(screen.getByText("From 0 to 129600.")).toBeTruthy();
    await expectAccessible();
    // An empty one is none: the shipped window counts again.
    await userEvent.clear(deploy);
    expect(screen.getByText("The shipped window counts.")).toBeTruthy();
    await click("Add");
    expect(screen.getByText("Choose an action type.", { selector: "p" })).toBeTruthy();
    expect(screen.getByText("A number of minutes; 0: never.")).toBeTruthy();
    await userEvent.selectOptions(screen.getByTestId("window-type"), "git_push");
    await userEvent.type(screen.getByTestId("window-minutes"), "0");
    expect(screen.getByText("Never")).toBeTruthy();
    await click("Add");
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "git_push" }).value).toBe("0");
    expect(within(screen.getByTestId("window-type")).queryByRole("option", { name: "git_push" })).toBeNull();
    await userEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("Rollback of git_push, minutes");
    expect(within(dialog).queryByText(/looser$/)).toBeNull();
    await expectAccessible();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    await waitFor(() => expect(server.last(/\/settings$/)).toEqual({ version: 1, rollback_minutes: { "*": 1440, git_push: 0 } }));
  });

  it("keep mine beside what somebody saved in between", async () => {
    const server = new FakePolicies();
    show(server);
    await userEvent.type(await screen.findByRole("textbox", { name: "People, joined by commas" }), "dana");
    server.settings = { ...server.settings, version: 2, max_grant_uses: 10 };
    const seen = vi.spyOn(Element.prototype, "scrollIntoView");
    await userEvent.click(screen.getByTestId("review"));
    const conflict = await screen.findByTestId("conflict");
    // It stands at the top, and the button that found it at the bottom.
    await waitFor(() => expect(seen.mock.contexts.some((context) => context instanceof Element && context.contains(conflict))).toBe(true));
    expect(within(conflict).getByRole("list", { name: "What they changed" }).textContent).toContain("10");
    await expectAccessible();
    await click("Put mine on top of theirs");
    expect(screen.queryByTestId("conflict")).toBeNull();
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Most uses of one repeat right" }).value).toBe("10");
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "People, joined by commas" }).value).toBe("dana");
  });
});

describe("what else the organisation sets", () => {
  beforeEach(() => go("approving"));

  const ALL = {
    allowances: { offline: "medium", offline_minutes: 240, notification: "medium" },
    quorum_by_rule: { guardrail: 2 },
    groups: { payments: ["ana", "bob"] },
    bypass: { most_minutes: 60, solo: false },
    cosignatures_required: 2,
    retention: { decisions: 365 },
  };

  const put = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });

  async function sheet() {
    const server = new FakePolicies();
    server.settings = { ...server.settings, ...ALL };
    server.writes("PUT", /\/settings$/, (body) => ({ ...server.settings, ...(body as object), version: 2 }));
    show(server);
    await screen.findByLabelText("Approve in a notification");
    return server;
  }

  async function save(server: FakePolicies, why = "because") {
    fireEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    fireEvent.change(within(dialog).getByLabelText(/^Why/), { target: { value: why } });
    const changes = within(dialog).getByRole("list", { name: "What changes" }).textContent;
    fireEvent.click(within(dialog).getByTestId("confirm-save"));
    expect(await screen.findByText(/Saved as version 2/)).toBeTruthy();
    return { changes, sent: server.last(/settings$/) };
  }

  it("is chosen where only some values make sense, and said in words before it is saved", async () => {
    const server = await sheet();
    await expectAccessible();
    put("Approve without a connection", "none");
    put("Approve in a notification", "low");
    put("Longest bypass", "15");
    fireEvent.click(screen.getByLabelText("One person may go on alone when nobody answers"));
    const { changes, sent } = await save(server);
    expect(changes).toMatch(/Approve without a connection.*Low and medium risk.*Nothing.*stricter/);
    expect(changes).toMatch(/One person may go on alone.*off.*on.*looser/);
    expect(sent).toEqual({
      allowances: { offline: "none", offline_minutes: 240, notification: "low" },
      bypass: { most_minutes: 15, solo: true },
      version: 1,
      reason: "because",
    });
  });

  it("refuses what the server would", async () => {
    await sheet();
    for (const [name, wrong, said] of [
      ["Minutes after the last contact", "1441", "From 1 to 1440."],
      ["Witnesses of a checkpoint", "10", "From 0 to 9."],
      ["Days: what was asked and decided", "29", "From 30 to 3650."],
      ["People where this asked: guardrail", "0", "From 1 to 9."],
    ] as const) {
      const field = screen.getByLabelText<HTMLInputElement>(name);
      const before = field.value;
      put(name, wrong);
      expect(screen.getByText(said)).toBeTruthy();
      expect(screen.getByTestId("review").matches(":disabled")).toBe(true);
      put(name, before);
    }
  });

  it("gets new rules and groups, loses emptied ones, and sends each part whole", async () => {
    const server = await sheet();
    put("What asked", "sensitive_fact");
    fireEvent.click(screen.getByTestId("add-rule"));
    put("Name of the group", "payments");
    expect(screen.getByText("There is such a group.")).toBeTruthy();
    put("Name of the group", "platform");
    put("People of the group, joined by commas", "cleo ,, dana");
    fireEvent.click(screen.getByTestId("add-group"));
    put("Group payments", "");
    put("Days: what was asked and decided", "");
    put("Days: what runs reported", "90");
    const { changes, sent } = await save(server);
    expect(changes).toMatch(/Group payments.*looser/);
    expect(changes).toMatch(/Days: what runs reported.*90.*looser/);
    expect(sent).toEqual({
      quorum_by_rule: { guardrail: 2, sensitive_fact: 2 },
      groups: { platform: ["cleo", "dana"] },
      retention: { executions: 90 },
      version: 1,
      reason: "because",
    });
  });

  it("is read only for who may not change it", async () => {
    const server = new FakePolicies("auditor");
    server.settings = { ...server.settings, ...ALL };
    show(server);
    const choice = await screen.findByLabelText("Approve in a notification");
    expect(choice.matches(":disabled")).toBe(true);
    expect(screen.queryByTestId("add-group")).toBeNull();
    await expectAccessible();
  });
});

describe("earlier versions", () => {
  const VERSIONS = [
    { version: 3, saved_by: "bob", saved_at: NOW, changed: ["uses of a grant from 5 to 9"], ledger_index: 9 },
    { version: 2, saved_by: "bob", saved_at: NOW, changed: ["minutes of a bypass from 60 to 15"], ledger_index: 7 },
    { version: 1, saved_by: "bob", saved_at: NOW, changed: ["uses of a grant from 100 to 5"], ledger_index: 4 },
  ];

  async function back(server: FakePolicies) {
    show(server);
    await screen.findAllByRole("textbox");
    await userEvent.click(await screen.findByText("History"));
    await click("Go back to version 1 …");
    const dialog = await screen.findByRole("dialog", { name: "Go back to version 1" });
    expect(within(dialog).getAllByRole("listitem").map((item) => item.textContent)).toEqual(["uses of a grant from 5 to 9", "minutes of a bypass from 60 to 15"]);
    expect(screen.queryByRole("button", { name: "Go back to version 3 …" })).toBeNull();
    expect(within(dialog).getByTestId("confirm-save").matches(":disabled")).toBe(true);
    await userEvent.type(within(dialog).getByRole("textbox", { name: /^Why/ }), "it was better");
    await expectAccessible();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
  }

  it("of the rules of approving can come back", async () => {
    go("approving");
    const server = new FakePolicies();
    server.settings = { ...server.settings, version: 3 };
    server.on("GET", /\/settings\/history$/, () => VERSIONS);
    server.writes("POST", /\/settings\/revert$/, () => (server.settings = { ...server.settings, version: 4 }));
    await back(server);
    expect(await screen.findByText(/Saved as version 4/)).toBeTruthy();
    expect(server.last(/settings\/revert$/)).toEqual({ to_version: 1, version: 3, reason: "it was better" });
  });

  it("say what changed in the reader's language", async () => {
    prefer({ language: "de" });
    go("approving");
    const server = new FakePolicies();
    const words = [{ text: "uses of a grant from 5 to 9", code: "change.grant_uses", with: { from: "5", to: "9" } }];
    server.on("GET", /\/settings\/history$/, () => [{ ...VERSIONS[0], words }]);
    show(server);
    await userEvent.click(await screen.findByText("Geschichte"));
    expect(await screen.findByText("Nutzungen einer Freigabe: 9 statt 5")).toBeTruthy();
  });

  it("keep the draft and open the last look by keys too", async () => {
    go("approving");
    const server = new FakePolicies();
    show(server);
    await userEvent.type(await screen.findByRole("textbox", { name: "People, joined by commas" }), "dana");
    await userEvent.keyboard("{Control>}s{/Control}");
    expect(await screen.findByText(/Your changes are kept in this window/)).toBeTruthy();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByRole("dialog")).toBeTruthy();
  });

  it("of risk can come back, and tell when somebody was first", async () => {
    go("risk");
    const server = new FakePolicies();
    server.risk = { ...server.risk, version: 3 };
    server.on("GET", /\/risk-settings\/default\/history$/, () => VERSIONS);
    server.writes("POST", /\/risk-settings\/default\/revert$/, () => refuse("version_conflict"));
    await back(server);
    expect(await screen.findByText(/Somebody saved meanwhile. Nothing was changed/)).toBeTruthy();
    expect(server.last(/revert$/)).toEqual({ to_version: 1, version: 3, reason: "it was better" });
  });
});

describe("guardrails", () => {
  beforeEach(() => go("guardrails"));

  const WRONG = { line: 2, column: 8, reason: "attribute `levle` not found", policy: "no-push" };

  async function typed(text: string) {
    const editor = await screen.findByTestId("editor");
    editor.focus();
    await userEvent.paste(text);
    return editor;
  }

  it("say what is wrong with its place, and are not saved then", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/guardrails$/, () => refuse("invalid", { problems: [WRONG] }));
    show(server);
    const editor = await typed("permit (principal, action, resource)\nwhen { context.levle };");
    expect(await screen.findByText(/1 problem; nothing can be saved/)).toBeTruthy();
    expect(screen.getByText(/attribute `levle` not found/)).toBeTruthy();
    expect(document.querySelector(".cm-lint-marker-error")).not.toBeNull();
    expect(screen.getByTestId("review").matches(":disabled")).toBe(true);
    expect(server.sent.every(({ body }) => (body as { check_only?: boolean }).check_only === true)).toBe(true);
    await expectAccessible();
    await click("Line 2, column 8");
    expect(document.activeElement).toBe(editor);
  });

  it("can be begun with an example", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/guardrails$/, () => orgText());
    show(server);
    const editor = await screen.findByTestId("editor");
    await click("Begin with an example");
    await waitFor(() => expect(editor.textContent).toContain("production-by-hand"));
    expect(screen.queryByRole("button", { name: "Begin with an example" })).toBeNull();
    expect(await screen.findByText(/finds nothing wrong/)).toBeTruthy();
  });

  it("are saved once the server finds nothing wrong, with the difference and the reason", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/guardrails$/, (body) => orgText({ ...(body as object), version: 1, saved_by: "alice", saved_at: NOW }));
    show(server);
    const editor = await typed("forbid (principal, action, resource);");
    expect(await screen.findByText(/finds nothing wrong/)).toBeTruthy();
    editor.focus();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByText("forbid (principal, action, resource);")).toBeTruthy();
    await userEvent.type(within(dialog).getByRole("textbox", { name: "Why?" }), "nothing runs today");
    await expectAccessible();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    expect(await screen.findByText(/Saved as version 1/)).toBeTruthy();
    expect(server.last(/\/guardrails$/)).toEqual({ text: "forbid (principal, action, resource);", version: 0, reason: "nothing runs today" });
  });

  it("show a text that somebody saved in between, and keep mine", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/guardrails$/, () => orgText());
    show(server);
    await typed("// mine");
    await screen.findByText(/finds nothing wrong/);
    server.text = orgText({ text: "// theirs", version: 1, saved_by: "bob", saved_at: NOW });
    await userEvent.click(screen.getByTestId("review"));
    const conflict = await screen.findByTestId("conflict");
    expect(within(conflict).getByText("// theirs")).toBeTruthy();
    expect(within(conflict).getByText("// mine")).toBeTruthy();
    await expectAccessible();
    await click("Take theirs, put mine aside");
    await waitFor(() => expect(screen.getByTestId("editor").textContent).toContain("// theirs"));
    await click("Bring them back");
    await waitFor(() => expect(screen.getByTestId("editor").textContent).toContain("// mine"));
  });

  it("tell that a saved text is not in force", async () => {
    const server = new FakePolicies();
    server.text = orgText({ text: "x", version: 2, broken: "line 1", saved_by: "bob", saved_at: NOW });
    show(server);
    expect(await screen.findByText(/not in force; the last good one is/)).toBeTruthy();
    expect(screen.getByText(/Version 2, saved by/)).toBeTruthy();
  });

  it("were something else before, and an earlier text can be loaded", async () => {
    const server = new FakePolicies();
    server.text = orgText({ text: "// two", version: 2, saved_by: "bob", saved_at: NOW });
    server.on("GET", /\/audit$/, ({ query }) => ({
      items:
        query.get("kind") === "guardrails_changed"
          ? [
              entry(9, "guardrails_changed", { text: "// two", version: 2, reason: "better" }),
              entry(4, "guardrails_changed", { text: "// one", version: 1 }),
            ]
          : [],
      as_of: "e:1",
      server_time: NOW,
    }));
    show(server);
    await screen.findByTestId("editor");
    await userEvent.click(screen.getByText("History"));
    expect(await screen.findByText("better")).toBeTruthy();
    await click("Load version 1 into the editor");
    await waitFor(() => expect(screen.getByTestId("editor").textContent).toContain("// one"));
    expect(screen.getByText("Changed, not saved")).toBeTruthy();
  });

  it("can be tried on a made-up action", async () => {
    const server = new FakePolicies();
    const answer = { action_id: "", decision: "BLOCKED", digest: "", dry_run: true, factors: [], ledger_index: 0, level: "low", policy_hash: "", reasons: ["Blocked by a guardrail"], risk_score: 0.25, rule: "guardrail", server_time: NOW, guardrails: [{ id: "no-push", reason: "By people only\u202E" }] };
    server.writes("POST", /\/evaluate$/, () => answer);
    show(server);
    await screen.findByTestId("editor");
    await userEvent.click(screen.getByText("Try it on an action"));
    await userEvent.type(screen.getByRole("textbox", { name: "Command" }), "git push");
    await click("Ask");
    expect((await screen.findByTestId("tried")).textContent).toBe("Blocked");
    expect(screen.getByText("no-push")).toBeTruthy();
    expect(screen.getByText("no-push").closest("li")?.textContent).toContain("By people only<U+202E>");
    expect(server.last(/evaluate$/)).toEqual({ action_type: "command_run", context: { command: "git push" } });
    await expectAccessible();
  });

  it("are only read by who may not change them", async () => {
    show(new FakePolicies("auditor"));
    const editor = await screen.findByTestId("editor");
    expect(screen.getByText("You can read and copy this text.")).toBeTruthy();
    expect(screen.queryByTestId("review")).toBeNull();
    editor.focus();
    await userEvent.paste("x");
    expect(editor.textContent).not.toContain("x");
    await expectAccessible();
  });
});
