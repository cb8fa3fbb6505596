/** The evidence beyond the material: its reach, the way back, the hunks to look at, and what was decided before. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, consoleState, material, NOW } from "../test/fixtures";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

const PRECEDENT = {
  approval_id: "0193-before",
  status: "approved",
  ended_at: NOW,
  title: "Run: npm test",
  agent: "iris",
  decided_by: ["cleo"],
  level: "low",
  risk_score: 0.05,
  similarity: 500,
  new_facts: ["touches_auth"],
  gone_facts: [],
  new_targets: ["file auth/\u202Elogin.py"],
  other_agent: true,
  other_policy: true,
  other_rule: true,
};
const same = { ...PRECEDENT, approval_id: "0193-same", status: "rejected", risk_score: 0.1, new_facts: [], new_targets: [], other_agent: false, other_policy: false, other_rule: false };

async function open(more: Partial<ApprovalView> = {}, prepare: (t: FakeTransport) => void = () => undefined) {
  const view = approval({ level: "medium", ...more });
  const transport = new FakeTransport(view);
  transport.on("GET", /precedents$/, () => ({ items: [], compared: 0, more: false, server_time: NOW }));
  prepare(transport);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { transport, user: userEvent.setup() };
}

describe("what was decided before", () => {
  const found = (transport: FakeTransport) =>
    transport.on("GET", /precedents$/, () => ({ items: [PRECEDENT, same], compared: 2, more: true, server_time: NOW }));

  it("tells who decided, and everything that is new", async () => {
    await open({}, found);
    const news = within(await screen.findByTestId("news")).getAllByRole("listitem").map((item) => item.textContent);
    expect(news).toEqual([
      "New: touches auth",
      "New target: file auth/<U+202E>login.py",
      "Another agent asked then: iris",
      "The policy has changed since",
      "Another rule caught it then",
      expect.stringMatching(/^Risk is 0\.050? higher now$/),
    ]);
    expect(screen.getByTestId("precedents").textContent).toContain("Approved by cleo");
    expect(screen.getByTestId("precedents").textContent).toContain("Nothing is new against it.");
    expect(screen.getByTestId("precedents").textContent).toContain("Older decisions exist");
    await expectAccessible();
  });

  it("is said in German", async () => {
    prefer({ language: "de" });
    await open({}, found);
    await screen.findByTestId("news");
    expect(screen.getByTestId("precedents").textContent).toContain("Damals fragte ein anderer Agent: iris");
    expect(screen.getByTestId("rollback").textContent).toContain("Nicht geprüft.");
    expect(screen.getByTestId("news").textContent).toContain("berührt die Anmeldung");
    expect(screen.getByText("Großer Umfang")).toBeDefined();
    expect(screen.getByText("Changes a lot at once").closest("[lang=en]")).not.toBeNull();
    await expectAccessible();
  });

  it("is nothing for the first of its kind", async () => {
    await open();
    await waitFor(() => expect(screen.getByTestId("precedents").textContent).toContain("All of it is new"));
    await expectAccessible();
  });

  it("cannot be said offline", async () => {
    await open({}, (t) => (t.console = consoleState({ online: false })));
    await waitFor(() => expect(screen.getByTestId("precedents").textContent).toContain("not kept on this device"));
  });

  it("says why it failed, and tries again", async () => {
    let fails = true;
    const { user } = await open({}, (t) =>
      t.on("GET", /precedents$/, () => {
        if (fails) throw new FakeProblem({ status: 500, code: "internal", detail: "The store did not answer." });
        return { items: [], compared: 0, more: false, server_time: NOW };
      }),
    );
    const again = await screen.findByRole("button", { name: "Try again" });
    expect(screen.getByTestId("precedents").textContent).toContain("could not be read");
    fails = false;
    await user.click(again);
    await waitFor(() => expect(screen.getByTestId("precedents").textContent).toContain("All of it is new"));
  });
});

describe("the way back", () => {
  it("is red where the server found that there is none, and quotes the plan", async () => {
    const way_back = { truth: "impossible", by: "server", because: "destroys_data", evidence: ["command: dropdb shop"] };
    await open({ way_back, claims: { other: { rollback: "restore\u200B it" } } });
    const told = screen.getByTestId("rollback");
    expect(told.dataset["state"]).toBe("impossible");
    expect(told.textContent).toContain("No rollback. The server found that it destroys data");
    expect(told.textContent).toContain("command: dropdb shop");
    expect(told.textContent).toContain("restore<U+200B> it");
    await expectAccessible();
  });

  it("is said once, in words, and not again as what the agent says", async () => {
    const way_back = { truth: "impossible", by: "gate", why: "no work tree", undoes: [], leaves: ["the mail"] };
    await open({ way_back, claims: { intent: "tidy up", other: { way_back, ticket: "T-7" } } });
    expect(screen.getByTestId("rollback").textContent).toContain("no work tree");
    const quoted = screen.getByText(/tidy up/).textContent;
    expect(quoted).toContain("ticket: T-7");
    expect(quoted).not.toContain("way_back");
    await expectAccessible();
  });

  it("is not verified when nobody proved it", async () => {
    await open();
    expect(screen.getByTestId("rollback").textContent).toContain("Not verified. Nobody said anything about it.");
  });
});

describe("a diff", () => {
  it("marks what evidence names and jumps there with n and b", async () => {
    const file = (path: string) => `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b`;
    const { user } = await open({
      material: material({ diff: [file("README.md"), file("auth/login.py"), file("auth/key.py")].join("\n") }),
      factors: [{ name: "auth", contribution: 300, reason: "Affects authentication", evidence: ["file auth/login.py", "file auth/key.py"] }],
    });
    expect(screen.getAllByTestId("hunk-risk")).toHaveLength(2);
    expect(screen.getByTestId("next-risky").textContent).toContain("2 hunks deserve a look");
    await user.keyboard("n");
    expect(screen.getByTestId("risky-at").textContent).toBe("1 of 2");
    await user.keyboard("n");
    expect(screen.getByTestId("risky-at").textContent).toBe("2 of 2");
    await user.keyboard("b");
    expect(screen.getByTestId("risky-at").textContent).toBe("1 of 2");
    await expectAccessible();
  });
});
