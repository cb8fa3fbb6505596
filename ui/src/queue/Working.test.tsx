/** Working through the queue: tabs, several at once, putting off, claiming, saved views, what others do meanwhile. */
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, consoleState, material, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

const MINUTE = 60_000_000;
const rows = () => screen.queryAllByTestId("approval-row").map((row) => row.dataset["approvalId"]);
const shard = (n: number, more: Partial<ApprovalView> = {}) =>
  approval({ title: `Run: npm test --shard ${n}`, material: material({ command: `npm test --shard ${n}` }), ...more });

function start(...approvals: ApprovalView[]) {
  const transport = new FakeTransport(...approvals);
  show(transport);
  return { transport, user: userEvent.setup() };
}

/** What is open goes on: it ends by its own buttons and by Escape only. */
async function clickBeside(user: ReturnType<typeof userEvent.setup>) {
  await user.click(document.querySelector(".MuiDialog-container") as HTMLElement);
  // What was closed is hidden from here on, though it may still fade.
  expect(document.querySelector("[role=dialog]")?.closest("[aria-hidden=true]")).toBeNull();
}

async function hold(name: RegExp, user: ReturnType<typeof userEvent.setup>) {
  const button = await screen.findByRole("button", { name });
  await waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));
  await user.pointer({ keys: "[MouseLeft>]", target: button });
}

describe("tabs", () => {
  it("part what waits for me, for others, what I put off and what ended", async () => {
    const VOTE = { user: "alice", verdict: "approve", surface: "window", reason: "", own_request: false, at: NOW };
    const { user } = start(
      approval({ id: "mine" }),
      approval({ id: "voted", votes: [VOTE], quorum: 2 }),
      approval({ id: "asleep", snoozed_until: NOW + 5 * MINUTE }),
      approval({ id: "ended", status: "rejected", ended_at: NOW, votes: [{ ...VOTE, user: "bob", verdict: "reject" }] }),
    );
    const look = async (name: RegExp, id: string) => {
      await user.click(await screen.findByRole("tab", { name }));
      await waitFor(() => expect(rows()).toEqual([id]));
    };
    await look(/For me/, "mine");
    await look(/Waiting on others/, "voted");
    expect(screen.getByText("You voted")).toBeDefined();
    await look(/Snoozed/, "asleep");
    expect(screen.getByText(/^Until /)).toBeDefined();
    await look(/Done today/, "ended");
    expect(screen.getByText("Rejected by bob")).toBeDefined();
    await expectAccessible();
  });

  it.each([
    ["Waiting on others", "Nothing waits for others."],
    ["Snoozed", "Nothing is put off."],
    ["Done today", "Nothing has been decided today."],
  ])("say why %s is empty", async (name, text) => {
    const { user } = start();
    await user.click(await screen.findByRole("tab", { name }));
    expect(await screen.findByText(text)).toBeDefined();
    await expectAccessible();
  });

  it("say so when this role does not decide", async () => {
    const transport = new FakeTransport(approval());
    transport.console = consoleState({ role: "auditor" });
    show(transport);
    expect(await screen.findByText(/Your role \(auditor\) does not decide/)).toBeDefined();
    await expectAccessible();
  });

  it("tell what ran today beside an empty list", async () => {
    const transport = new FakeTransport();
    transport.on("GET", /insights$/, () => ({ by_level: { low: { AUTO: 40, APPROVAL: 2 }, high: { AUTO: 1, BLOCKED: 3 } } }));
    show(transport);
    expect((await screen.findByTestId("ran-today")).textContent).toContain("41 actions ran on their own today; 3 were blocked.");
  });
});

describe("a query", () => {
  it("says in place what it cannot read, and hides nothing because of it", async () => {
    const { user } = start(approval());
    await screen.findByTestId("approval-row");
    await user.type(screen.getByRole("searchbox"), "level:hihg");
    const told = await screen.findByTestId("query-problems");
    expect(told.textContent).toContain("level:hihg No such level.");
    expect(screen.getByRole("searchbox").getAttribute("aria-invalid")).toBe("true");
    expect(rows()).toHaveLength(1);
    await expectAccessible();
  });
});

describe("similar requests", () => {
  it("are compared and approved together, without the grave ones, each by its own signature", async () => {
    const small = [1, 2, 3].map((n) => shard(n));
    const { transport, user } = start(...small, shard(4, { level: "high" }), shard(5, { level: "critical" }));
    expect((await screen.findByTestId("group")).dataset["count"]).toBe("5");
    await user.click(screen.getByTestId("compare"));
    const table = within(await screen.findByTestId("differences"));
    expect(table.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual(["Request", "Command"]);
    for (const n of [1, 2, 3, 4, 5]) expect(table.getByText(`npm test --shard ${n}`)).toBeDefined();
    expect(screen.getByTestId("same").textContent).toContain("auth-service");
    const approve = screen.getByTestId("bulk-approve");
    expect(approve.textContent).toBe("Approve 3, 2 need their own review");
    expect(screen.getByTestId("left-out").textContent).toContain("need their own review");
    await expectAccessible();
    await user.click(approve);
    const confirm = await screen.findByTestId("confirm-approve");
    await expectAccessible();
    await waitFor(() => expect((confirm as HTMLButtonElement).disabled).toBe(false));
    await user.click(confirm);
    await waitFor(() => expect(screen.getByTestId("results").dataset["busy"]).toBe("false"));
    expect(transport.drafts.map(({ approvalId, digest, verdict }) => [approvalId, digest, verdict])).toEqual(
      small.map(({ id, digest }) => [id, digest, "approve"]),
    );
    expect(screen.getAllByTestId("result").map((item) => item.textContent)).toEqual(
      small.map(({ title }) => `${title}Recorded #1234`),
    );
    await expectAccessible();
  });

  it("are held when one is medium, and counted when they are many", async () => {
    const { transport, user } = start(shard(1), shard(2), shard(3, { level: "medium" }));
    await user.click(await screen.findByTestId("compare"));
    await user.click(await screen.findByTestId("bulk-approve"));
    await hold(/Hold to approve 3/, user);
    await waitFor(() => expect(transport.drafts).toHaveLength(3));
  });

  it("tell for each what became of it", async () => {
    const { transport, user } = start(shard(1), shard(2), shard(3));
    let nth = 0;
    transport.answer = () => {
      nth += 1;
      if (nth === 1) return { state: "refused", code: "already_decided" };
      if (nth === 2) return { state: "queued" };
      throw Object.assign(new Error("gone"), { code: "unreachable" });
    };
    await user.click(await screen.findByTestId("compare"));
    await user.click(await screen.findByTestId("bulk-approve"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("confirm-approve").disabled).toBe(false));
    await user.click(screen.getByTestId("confirm-approve"));
    await waitFor(() => expect(screen.getByTestId("results").dataset["busy"]).toBe("false"));
    expect(screen.getAllByTestId("result").map((item) => item.dataset["result"])).toEqual(["refused", "queued", "lost"]);
    expect(screen.getByTestId("results").textContent).toContain("1 of 3 approved");
  });

  it("cannot be approved together under two policies, and say so", async () => {
    const { user } = start(shard(1), shard(2), shard(3, { policy_hash: "ef".repeat(32) }));
    await user.click(await screen.findByTestId("compare"));
    expect((await screen.findByTestId("bulk-not")).textContent).toContain("different policies");
    expect(screen.queryByTestId("bulk-approve")).toBeNull();
  });

  it("are rejected without a bound, a single one with a reason of its own", async () => {
    const { transport, user } = start(...Array.from({ length: 9 }, (_, n) => shard(n, { level: n === 0 ? "critical" : "low", title: `Run: npm test --shard ${n} \u202E` })));
    await user.click(await screen.findByTestId("compare"));
    // It is loaded when it is first shown; before that there is nothing that `r` could mean.
    await screen.findByTestId("compare-pane");
    await user.keyboard("r");
    await user.click(await screen.findByRole("button", { name: "Too broad" }));
    await user.click(screen.getByTestId("own-reasons"));
    const own = screen.getAllByTestId<HTMLInputElement>("own-reason")[8] as HTMLInputElement;
    expect(own.labels?.[0]?.textContent).toBe("Run: npm test --shard 8 <U+202E>");
    await user.click(own);
    await user.paste("wrong shard");
    await expectAccessible();
    await user.click(screen.getByTestId("confirm-reject"));
    await waitFor(() => expect(transport.drafts).toHaveLength(9));
    expect(transport.drafts.map(({ verdict, reason }) => `${verdict}: ${reason}`).toSorted()).toEqual([
      ...Array.from({ length: 8 }, () => "reject: Too broad"),
      "reject: wrong shard",
    ]);
  });

  it("fold, and can be grouped otherwise or not at all", async () => {
    const { user } = start(shard(1), shard(2), shard(3));
    await user.click(await screen.findByRole("button", { name: /^Fold/ }));
    expect(rows()).toEqual([]);
    await user.selectOptions(screen.getByTestId("grouping"), "none");
    await waitFor(() => expect(rows()).toHaveLength(3));
    expect(screen.queryByTestId("group")).toBeNull();
    await user.selectOptions(screen.getByTestId("grouping"), "target");
    expect((await screen.findByTestId("group")).textContent).toContain("auth-service");
  });
});

describe("a selection", () => {
  it("grows with x and Shift+x, and is not approved when it is not alike and unread", async () => {
    const list = [
      approval({ id: "a", level: "medium", title: "A", material: material({ command: "make a" }) }),
      approval({ id: "b", level: "low", title: "B", material: material({ command: "npm b" }), expires_at: NOW + 21 * MINUTE }),
      approval({ id: "c", level: "low", title: "C", material: material({ command: "go c" }), expires_at: NOW + 22 * MINUTE }),
    ];
    const { user } = start(...list);
    await screen.findAllByTestId("approval-row");
    await user.keyboard("jx");
    expect(await screen.findByText("1 selected")).toBeDefined();
    await user.keyboard("{Shift>}");
    await user.click(screen.getAllByTestId("mark")[2] as HTMLElement);
    await user.keyboard("{/Shift}");
    expect(await screen.findByText("3 selected")).toBeDefined();
    await expectAccessible();
    await user.keyboard("a");
    await screen.findByTestId("compare-pane");
    await expectAccessible();
    expect(screen.getByTestId("bulk-not").textContent).toContain("3 of them have not been read");
    expect(screen.queryByTestId("bulk-approve")).toBeNull();
    const readOne = async (title: string) => {
      await user.click(within(screen.getByTestId("differences")).getByRole("button", { name: title }));
      await screen.findByTestId("detail");
      await user.keyboard("a");
      await screen.findByTestId("compare-pane");
    };
    await readOne("A");
    await readOne("B");
    await readOne("C");
    expect((await screen.findByTestId("bulk-approve")).textContent).toBe("Approve 3");
    await user.keyboard("{Escape}{Escape}");
    await waitFor(() => expect(screen.queryByTestId("selection")).toBeNull());
  });

  it("loses what changed under it, and says so", async () => {
    const view = approval();
    const { transport, user } = start(view);
    await user.click(await screen.findByTestId("mark"));
    const next = material({ command: "npm run other" });
    act(() => transport.push(approval({ ...view, material: next, digest: "ab".repeat(32), version: 2 })));
    expect((await screen.findByRole("alert")).textContent).toContain("changed and is no longer selected");
    expect(screen.getByText("0 selected")).toBeDefined();
  });
});

describe("putting off", () => {
  it("is a digit after s, leaves the list at once and comes back with z", async () => {
    const view = approval();
    const { transport, user } = start(view, approval({ level: "low" }));
    await screen.findAllByTestId("approval-row");
    await user.keyboard("js");
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByTestId<HTMLButtonElement>("snooze-hour").disabled).toBe(true);
    await expectAccessible();
    await clickBeside(user);
    await user.keyboard("1");
    expect((await screen.findByTestId("snoozed-told")).textContent).toContain("Put off until");
    expect(transport.acts.filter((sent) => sent.endsWith("snooze"))).toEqual([`POST ${view.id} snooze`]);
    await user.click(await screen.findByRole("tab", { name: /Snoozed/ }));
    await waitFor(() => expect(rows()).toEqual([view.id]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("z");
    await waitFor(() => expect(transport.approvals.get(view.id)?.snoozed_until).toBeNull());
    expect(await screen.findByText("Nothing is put off.")).toBeDefined();
  });

  it("says why when the server refuses it", async () => {
    const { transport, user } = start(approval());
    transport.on("POST", /snooze$/, () => {
      throw Object.assign(new Error("x"), { body: {} });
    });
    await screen.findByTestId("approval-row");
    await user.keyboard("js");
    await screen.findByRole("dialog");
    await user.keyboard("1");
    expect(await screen.findByRole("alert")).toBeDefined();
  });
});

describe("claiming", () => {
  it("is m, and m again gives it back", async () => {
    const view = approval();
    const { transport, user } = start(view);
    await screen.findByTestId("approval-row");
    await user.keyboard("jm");
    expect(await screen.findByText("You are on it")).toBeDefined();
    expect(screen.queryByTestId("detail")).toBeNull();
    await user.keyboard("{Enter}");
    expect((await screen.findByTestId("present")).textContent).toContain("You are on it since");
    await user.keyboard("m");
    await waitFor(() => expect(transport.approvals.get(view.id)?.claimed_by).toBeNull());
  });

  it("asks before it takes over from somebody else", async () => {
    const view = approval({ claimed_by: { user: "bob", at: NOW } });
    const { transport, user } = start(view);
    expect(await screen.findByText("bob is on it")).toBeDefined();
    await user.keyboard("jm");
    await screen.findByRole("dialog");
    await expectAccessible();
    await clickBeside(user);
    expect(transport.acts.filter((sent) => sent.endsWith("claim"))).toEqual([]);
    await user.click(screen.getByTestId("take-over"));
    await waitFor(() => expect(transport.approvals.get(view.id)?.claimed_by?.user).toBe("alice"));
  });
});

describe("presence", () => {
  it("tells the others what I read, and shows who else reads it", async () => {
    const view = approval();
    const transport = new FakeTransport(view);
    transport.console = consoleState({ reading: { [view.id]: ["alice", "bob"] } });
    show(transport);
    const user = userEvent.setup();
    expect(await screen.findByText("bob is reviewing")).toBeDefined();
    await user.keyboard("j");
    expect(transport.acts).toEqual([]);
    await user.keyboard("{Enter}");
    expect((await screen.findByTestId("present")).textContent).toBe("bob is reviewing this now.");
    await waitFor(() => expect(transport.acts).toEqual([`PUT ${view.id} presence`]));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(transport.acts).toEqual([`PUT ${view.id} presence`, `DELETE ${view.id} presence`]));
  });
});

describe("presence without a connection", () => {
  it("is told too: the console must know what its person has before their eyes", async () => {
    const view = approval();
    const transport = new FakeTransport(view);
    transport.console = consoleState({ online: false });
    show(transport);
    await screen.findAllByTestId("approval-row");
    await userEvent.setup().keyboard("j{Enter}");
    await waitFor(() => expect(transport.acts).toEqual([`PUT ${view.id} presence`]));
  });
});

describe("saved views", () => {
  it("are saved under a name and shown by their key", async () => {
    const { user } = start(approval({ level: "high", title: "Grave" }), approval({ level: "low", title: "Small" }));
    await screen.findAllByTestId("approval-row");
    await user.type(screen.getByRole("searchbox"), "level:>=high");
    await waitFor(() => expect(rows()).toHaveLength(1));
    await user.click(screen.getByTestId("views"));
    await user.type(await screen.findByTestId("view-name"), "Grave ones");
    await expectAccessible();
    await clickBeside(user);
    await user.click(screen.getByTestId("save-view"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.clear(screen.getByRole("searchbox"));
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(document.body);
    await user.keyboard("v1");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("level:>=high");
  });
});

describe("what others do meanwhile", () => {
  it("leaves a tombstone that says who, and a click on it decides nothing", async () => {
    const one = approval({ level: "high", title: "One" });
    const { transport, user } = start(one, approval({ level: "low", title: "Two" }));
    await user.hover((await screen.findAllByTestId("approval-row"))[0] as HTMLElement);
    const vote = { user: "bob", verdict: "reject", surface: "window", reason: "", own_request: false, at: NOW };
    act(() => transport.push({ ...one, status: "rejected", version: 2, ended_at: NOW, votes: [vote] }));
    expect((await screen.findByTestId("tombstone")).textContent).toBe("Rejected by bob");
    await expectAccessible();
    await user.click(screen.getAllByTestId("approval-row")[0] as HTMLElement);
    expect(await screen.findByTestId("ended")).toBeDefined();
    expect(transport.drafts).toEqual([]);
  });

  it("does not let a press that began on other content act", async () => {
    const view = approval();
    const { transport, user } = start(view);
    const box = await screen.findByTestId("mark");
    await user.pointer({ keys: "[MouseLeft>]", target: box });
    act(() => transport.push({ ...view, digest: "ab".repeat(32), version: 2 }));
    await waitFor(() => expect(screen.getByTestId("mark")).toBeDefined());
    await user.pointer({ keys: "[/MouseLeft]", target: screen.getByTestId("mark") });
    expect(screen.queryByTestId("selection")).toBeNull();
  });
});

describe("German", () => {
  it("is spoken by queue, comparison and decisions alike", async () => {
    prefer({ language: "de" });
    const { user } = start(shard(1), shard(2), shard(3, { level: "high" }));
    await user.click(await screen.findByTestId("compare"));
    expect((await screen.findByTestId("bulk-approve")).textContent).toBe("2 genehmigen, 1 wird einzeln geprüft");
    await user.click(screen.getAllByTestId("approval-row")[0] as HTMLElement);
    await screen.findByTestId("detail");
    for (const text of ["Warum gefragt wird", "Genau das wird laufen", "Menschen", "Zurückstellen …"]) {
      expect(screen.getAllByText(text, { exact: false }).length).toBeGreaterThan(0);
    }
    await expectAccessible();
  });
});
