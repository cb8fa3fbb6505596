/** The policy of a scope in every state: read, changed, tried, saved, proposed, refused, overtaken, offline. */
import { configure, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible, show } from "../test/screen";
import { NOW } from "../test/fixtures";
import { FakePolicies, policy, proposal, refuse } from "./fixtures";

// The screen is loaded when it is first gone to, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 30_000 });

const at = (hash: string) => {
  globalThis.location.hash = hash;
};
const chip = (entry: string) => screen.getByRole("button", { name: new RegExp(`^${entry}(,|$| )`) });
const lane = (name: string) => screen.getByRole("region", { name });
const described = (element: Element) =>
  (element.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "")
    .join(" ");
const level = () => screen.findByRole("slider", { name: "Level" });

beforeEach(() => at("#/policy?scope=dana"));

describe("what is in force", () => {
  it("shows each value with where it comes from, and what is looked at", async () => {
    show(new FakePolicies());
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Standard"));
    expect(screen.getByText("from: default of level Standard")).toBeTruthy();
    expect(within(lane("Always asks")).getByRole("button", { name: "deploy" })).toBeTruthy();
    expect(within(lane("By risk")).getByRole("button", { name: "git_push" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "Default of the organisation" }).getAttribute("href")).toEqual("#/policy?scope=default");
    await expectAccessible();
  });

  it("says what is only inherited", async () => {
    const server = new FakePolicies();
    server.view = policy({ version: 0, source: "policy of role developer" });
    show(server);
    expect((await screen.findByTestId("inherited")).textContent).toContain("Role developer");
    await expectAccessible();
  });

  it("shows which guardrail holds an action, and who can change that", async () => {
    const server = new FakePolicies();
    server.view = policy({
      locks: [{ action_type: "git_push", held: "block", guardrail: "no-push", reason: "Pushes are done by people.", instead: "Open a pull request" }],
    });
    show(server);
    await level();
    const held = within(lane("Blocked")).getByRole("button", { name: /git_push, locked/ });
    expect(described(held)).toMatch(/no-push: Pushes are done by people\. Open a pull request.*administrator/);
    await userEvent.click(held);
    expect(screen.getByRole("menuitemradio", { name: "Runs alone" }).getAttribute("aria-disabled")).toEqual("true");
    expect(screen.getByRole("menuitemradio", { name: "Blocked" }).getAttribute("aria-disabled")).not.toEqual("true");
    await expectAccessible();
  });
});

describe("who may not", () => {
  it("reads, is told why, and who may", async () => {
    const server = new FakePolicies("auditor");
    show(server);
    expect((await screen.findByTestId("read-only")).textContent).toContain("your role is auditor. Roles that may change it: admin");
    expect((await level()).matches(":disabled")).toBe(true);
    expect(screen.queryByTestId("review")).toBeNull();
    expect(server.sent).toEqual([]);
    await expectAccessible();
  });

  it("sees the way to the own policy where another's is not to be read", async () => {
    const server = new FakePolicies("developer");
    server.on("GET", /\/policy\/dana$/, () => refuse("forbidden"));
    show(server);
    const told = await screen.findByTestId("no-permission");
    expect(within(told).getByRole("link").getAttribute("href")).toEqual("#/policy?scope=alice");
    await expectAccessible();
  });

  it("changes nothing offline, and says so", async () => {
    const server = new FakePolicies();
    server.console = { ...server.console, online: false };
    show(server);
    expect((await screen.findByTestId("read-only")).textContent).toContain("Offline");
    expect((await level()).matches(":disabled")).toBe(true);
    await expectAccessible();
  });

  it("is told when nothing was read before the connection went", async () => {
    const server = new FakePolicies();
    server.on("GET", /\/policy\/dana$/, () => refuse("unavailable"));
    show(server);
    expect(await screen.findByTestId("offline-nothing")).toBeTruthy();
    server.on("GET", /\/policy\/dana$/, () => server.view);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await level()).toBeTruthy();
  });

  it("sees a fault with its code", async () => {
    const server = new FakePolicies();
    server.on("GET", /\/policy\/dana$/, () => refuse("internal"));
    show(server);
    expect(await screen.findByText(/refused: internal/)).toBeTruthy();
    await expectAccessible();
  });
});

describe("a change", () => {
  it("is tried on recorded decisions, what people rejected first", async () => {
    const server = new FakePolicies();
    show(server);
    await userEvent.click(await screen.findByRole("button", { name: "deploy" }));
    await userEvent.click(screen.getByRole("menuitemradio", { name: "Runs alone" }));
    expect((await screen.findByTestId("rejected-warning")).textContent).toContain("1 of those people had rejected");
    expect(screen.getByText(/40 decisions of the last 30 days/).textContent).toContain("People would be asked about 4.2 times a day, now 6.");
    expect(server.last(/preview$/)).toMatchObject({ user_id: "dana", draft: { auto_allowed_actions: ["deploy", "file_read", "test_run"], version: 3 } });
    const examples = within(screen.getByRole("region", { name: "Before and after" })).getAllByRole("listitem").map((item) => item.textContent);
    const [first, second] = ["command_run", "git_push"].map((type) => examples.findIndex((text) => text?.includes(type)));
    expect(first).toBeLessThan(second ?? -1);
    expect(screen.getAllByText(/looser/)[0]).toBeTruthy();
    await expectAccessible();
  });

  it("moves with Shift and the arrow keys, keeps the focus, and is said", async () => {
    show(new FakePolicies());
    await level();
    chip("git_push").focus();
    await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
    expect(document.activeElement).toBe(within(lane("Always asks")).getByRole("button", { name: /git_push/ }));
    expect(screen.getByText("git_push: Always asks.")).toBeTruthy();
  });

  it("takes the exact threshold as a number, and refuses what is none", async () => {
    const server = new FakePolicies();
    show(server);
    const number = await screen.findByRole("textbox", { name: "Up to" });
    await userEvent.clear(number);
    await userEvent.type(number, "1.5");
    expect(described(number)).toBe("A number from 0.000 to 1.000.");
    await userEvent.clear(number);
    await userEvent.type(number, "0.655");
    expect(screen.getByRole("slider", { name: "Risk that runs alone" }).getAttribute("aria-valuenow")).toEqual("655");
    await waitFor(() => expect(server.last(/preview$/)).toMatchObject({ draft: { max_risk_threshold: 0.655 } }));
  });

  it("adds a pattern, and says what is wrong with one in its place", async () => {
    show(new FakePolicies());
    await level();
    const entry = screen.getByRole("textbox", { name: "Action type or pattern" });
    await userEvent.type(entry, "deploy");
    expect(described(entry)).toBe("This stands in a list already.");
    await userEvent.type(entry, "_*");
    await userEvent.click(screen.getByRole("button", { name: "Add" }));
    expect(within(lane("Always asks")).getByRole("button", { name: /deploy_\*/ })).toBeTruthy();
  });

  it("survives going away, and can be thrown away", async () => {
    const server = new FakePolicies();
    const { unmount } = show(server);
    (await level()).focus();
    await userEvent.keyboard("{ArrowLeft}");
    unmount();
    show(server);
    expect(await screen.findByText(/changes, not saved/)).toBeTruthy();
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Minimal"));
    await userEvent.click(screen.getByRole("button", { name: "Throw away" }));
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Standard"));
  });
});

async function stricter() {
  (await level()).focus();
  await userEvent.keyboard("{ArrowLeft}");
  await userEvent.click(screen.getByTestId("review"));
  return screen.findByRole("dialog");
}

describe("saving", () => {
  it("shows the difference, takes the reason, and says the version", async () => {
    const server = new FakePolicies();
    show(server);
    const dialog = await stricter();
    expect(within(dialog).getByRole("list", { name: "What changes" }).textContent).toMatch(/LevelStandard.*Minimal.*stricter/);
    expect(document.activeElement).not.toBe(within(dialog).getByTestId("confirm-save"));
    await userEvent.type(within(dialog).getByRole("textbox", { name: "Why?" }), "audit week");
    await expectAccessible();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    expect(await screen.findByText(/Saved as version 4/)).toBeTruthy();
    expect(server.last(/\/policy\/dana$/)).toMatchObject({ level: "minimal", version: 3, reason: "audit week" });
  });

  it("needs a reason for what is looser, and makes a proposal of it", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/policy\/dana$/, () => proposal());
    const json = server.fetch.bind(server);
    server.fetch = async (request) => {
      const answer = await json(request);
      return request.method === "PUT" ? new Response(answer.body, { status: 202, headers: answer.headers }) : answer;
    };
    show(server);
    (await level()).focus();
    await userEvent.keyboard("{ArrowRight}");
    await userEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    const confirm = within(dialog).getByTestId("confirm-save");
    expect(confirm.textContent).toContain("Propose");
    expect(confirm.matches(":disabled")).toBe(true);
    await userEvent.type(within(dialog).getByRole("textbox", { name: /Why is this looser/ }), "practised");
    await expectAccessible();
    await userEvent.click(confirm);
    expect(await screen.findByText(/once a second person accepts it/)).toBeTruthy();
    expect(screen.getByRole("link", { name: "See the proposals" }).getAttribute("href")).toEqual("#/policy/proposals");
  });

  it("is no conflict with oneself: an edit that follows before all is read again begins from what was saved", async () => {
    const server = new FakePolicies();
    const minimal = { level: "minimal", max_risk_threshold: 0.2, require_approval_for: ["command_run", "deploy", "deploy_prod", "git_push"] };
    server.writes("PUT", /\/policy\/dana$/, () => (server.view = policy({ version: 4, ...minimal })));
    show(server);
    const dialog = await stricter();
    // What is read from now on takes its time.
    const late: ((view: unknown) => void)[] = [];
    server.on("GET", /\/policy\/dana$/, () => new Promise((come) => late.push(come)));
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    expect(await screen.findByText(/Saved as version 4/)).toBeTruthy();
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Minimal"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    (await level()).focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(screen.getByText(/changes?, not saved/)).toBeTruthy();
    expect(screen.queryByTestId("conflict")).toBeNull();
    // Reviewing reads again: the draft is about the version that was saved.
    await userEvent.click(screen.getByTestId("review"));
    await waitFor(() => expect(late.length).toBeGreaterThan(0));
    for (const come of late) come(server.view);
    expect(await screen.findByRole("dialog")).toBeTruthy();
    expect(screen.queryByTestId("conflict")).toBeNull();
  });

  it("says in the dialog what the server refuses, and keeps the draft", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/policy\/dana$/, () => refuse("invalid"));
    show(server);
    const dialog = await stricter();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    expect((await within(dialog).findByRole("alert")).textContent).toContain("refused: invalid");
    await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(screen.getByText(/changes, not saved/)).toBeTruthy();
  });

  it("shows what somebody saved in between, and loses nothing", async () => {
    const server = new FakePolicies();
    show(server);
    (await level()).focus();
    await userEvent.keyboard("{ArrowLeft}");
    server.view = policy({ version: 4, max_risk_threshold: 0.4 });
    await userEvent.click(screen.getByTestId("review"));
    const conflict = await screen.findByTestId("conflict");
    expect(within(conflict).getByRole("list", { name: "What they changed" }).textContent).toMatch(/0\.600 →\s+becomes 0\.400/);
    expect(within(conflict).getByRole("list", { name: "What you changed" }).textContent).toContain("Minimal");
    expect(conflict.textContent).toContain("You both changed: Risk that runs alone");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByTestId("review").matches(":disabled")).toBe(true);
    await expectAccessible();
    await userEvent.click(within(conflict).getByRole("button", { name: "Take theirs, put mine aside" }));
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Standard"));
    await userEvent.click(screen.getByRole("button", { name: "Bring them back" }));
    expect((await level()).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Minimal"));
    await userEvent.click(screen.getByTestId("review"));
    await userEvent.click(within(await screen.findByRole("dialog")).getByTestId("confirm-save"));
    await waitFor(() => expect(server.last(/\/policy\/dana$/)).toMatchObject({ version: 4, level: "minimal" }));
  });

  it("shows what others save as soon as the server tells, without moving the focus", async () => {
    const server = new FakePolicies();
    show(server);
    (await level()).focus();
    await userEvent.keyboard("{ArrowLeft}");
    const focused = document.activeElement;
    server.view = policy({ version: 4, blocked_actions: ["git_push"] });
    server.proposals = [proposal()];
    server.tell("approvals");
    expect(await screen.findByTestId("conflict", {}, { timeout: 30_000 })).toBeTruthy();
    expect(document.activeElement).toBe(focused);
    await waitFor(() => expect(screen.getByRole("link", { name: /^Proposals/ }).textContent).toBe("Proposals1 waiting"), { timeout: 30_000 });
  });

  it("forgets a draft that turns out to be saved, as after an answer that was lost", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/policy\/dana$/, () => {
      server.view = policy({ version: 4, level: "minimal", max_risk_threshold: 0.2, require_approval_for: ["command_run", "deploy", "deploy_prod", "git_push"] });
      return refuse("internal");
    });
    show(server);
    const dialog = await stricter();
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    await within(dialog).findByRole("alert");
    await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await userEvent.click(screen.getByTestId("review"));
    expect((await screen.findAllByText("No changes")).length).toBeGreaterThan(0);
    expect(screen.queryByTestId("conflict")).toBeNull();
    expect(globalThis.localStorage.getItem("navi.draft.policy.dana")).toBeNull();
  });

  it("shows the conflict when the save itself lost the race", async () => {
    const server = new FakePolicies();
    server.writes("PUT", /\/policy\/dana$/, () => {
      server.view = policy({ version: 4, auto_allowed_actions: ["file_read"], blocked_actions: ["test_run"] });
      return refuse("version_conflict");
    });
    show(server);
    await userEvent.click(within(await stricter()).getByTestId("confirm-save"));
    const conflict = await screen.findByTestId("conflict");
    await userEvent.click(within(conflict).getByRole("button", { name: "Put mine on top of theirs" }));
    await waitFor(() => expect(screen.queryByTestId("conflict")).toBeNull());
    expect(within(lane("Blocked")).getByRole("button", { name: /test_run/ })).toBeTruthy();
    expect(screen.getByTestId("review").matches(":disabled")).toBe(false);
  });
});

it("shows who saved what and why, and goes back to a version", async () => {
  const server = new FakePolicies();
  const saved = { saved_at: NOW, changed: [], looser: [] };
  server.on("GET", /\/history$/, () => [
    { ...saved, version: 3, saved_by: "bob", proposed_by: "carol", reason: "practised", policy: policy(), ledger_index: 9 },
    { ...saved, version: 2, saved_by: "carol", policy: policy({ version: 2, max_risk_threshold: 0.4 }), ledger_index: 5 },
    { ...saved, version: 1, saved_by: "carol", ledger_index: 2 },
  ]);
  server.writes("POST", /\/revert$/, () => policy({ version: 4 }));
  show(server);
  await level();
  const history = screen.getByText("History").closest("details");
  await userEvent.click(screen.getByText("History"));
  expect(await screen.findByText("practised")).toBeTruthy();
  expect(history?.textContent).toContain("proposed by carol, accepted by bob");
  expect(history?.textContent).toContain("What this version said was erased.");
  await expectAccessible();
  await userEvent.click(screen.getByRole("button", { name: "Go back to version 2 …" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByTestId("confirm-save"));
  expect(await screen.findByText(/Saved as version 4/)).toBeTruthy();
  expect(server.last(/revert$/)).toEqual({ to_version: 2, version: 3, reason: "" });
});

it("speaks German", async () => {
  globalThis.localStorage.setItem("navi.preferences", JSON.stringify({ language: "de" }));
  show(new FakePolicies());
  expect((await screen.findByRole("slider", { name: "Stufe" })).getAttribute("aria-valuetext")).toEqual(expect.stringContaining("Standard"));
  expect(screen.getByRole("region", { name: "Fragt immer" })).toBeTruthy();
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Bis" }).value).toBe("0,600");
  await expectAccessible();
});
