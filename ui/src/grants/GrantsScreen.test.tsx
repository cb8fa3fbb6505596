import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { GrantView } from "../api/types";
import { prefer } from "../state/preferences";
import { FakeRevokes } from "../test/FakeRevokes";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { consoleState, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import type { DelegationView } from "./standing";
import { wrongDates } from "./standing";

const MINUTE = 60_000_000;
const DAY = 1440 * MINUTE;

function grant(more: Partial<GrantView> = {}): GrantView {
  return {
    id: "g-1",
    agent: "nova",
    user: "dana",
    approval_id: "apr-1",
    covers: "npm test in auth-service",
    given_by: "alice",
    created_at: NOW - 10 * MINUTE,
    expires_at: NOW + 30 * MINUTE,
    level: "medium",
    live: true,
    max_uses: 5,
    uses: 3,
    reach: "same_command",
    rule: "above_threshold",
    ...more,
  };
}

function delegation(more: Partial<DelegationView> = {}): DelegationView {
  return { id: "d-1", from: "alice", to: "bob", reason: "On holiday", created_at: NOW, starts_at: NOW - DAY, ends_at: NOW + DAY, in_force: true, ...more };
}

const rows = (id: string) => screen.queryAllByTestId(id).map((row) => row.textContent);

describe("grants", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/grants";
  });

  it("shows who may repeat what, how often still, and where it comes from", async () => {
    show(new FakeTransport().on("GET", /\/grants$/, () => [grant()]));
    const row = within(await screen.findByTestId("grant"));
    for (const words of ["npm test in auth-service", "nova of dana", "2 uses left of 5", "30 min left", "Usable"]) expect(row.getByText(words)).toBeDefined();
    expect(row.getByRole("link").getAttribute("href")).toBe("#/approvals/apr-1");
    await expectAccessible();
  });

  it("shows ended ones after the live ones, each with why it ended", async () => {
    globalThis.location.hash = "#/grants?show=all";
    const asked: (string | null)[] = [];
    const ended = [
      grant({ id: "a", covers: "old", expires_at: NOW - MINUTE, live: false }),
      grant({ id: "b", covers: "spent", uses: 5, live: false }),
      grant({ id: "c", covers: "taken", revoked_at: NOW, live: false }),
    ];
    show(
      new FakeTransport().on("GET", /\/grants$/, ({ query }) => {
        asked.push(query.get("live"));
        return [...ended, grant()];
      }),
    );
    await waitFor(() => expect(rows("grant")).toHaveLength(4));
    expect(asked).toContain("false");
    expect(rows("grant")[0]).toContain("Usable");
    for (const [at, words] of ["Expired", "Used up", "Taken back"].entries()) expect(rows("grant")[at + 1]).toContain(words);
    await expectAccessible();
  });

  it("takes one back after asking, never with Enter alone", async () => {
    const user = userEvent.setup();
    let all = [grant()];
    const gone: string[] = [];
    const transport = new FakeTransport()
      .on("GET", /\/grants$/, () => all)
      .on("DELETE", /\/grants\//, ({ pathname }) => {
        gone.push(pathname);
        all = [];
        return grant({ revoked_at: NOW });
      });
    show(transport);
    (await screen.findByRole("button", { name: "Take back: npm test in auth-service" })).focus();
    await user.keyboard("{Delete}");
    const dialog = await screen.findByRole("dialog");
    expect(document.activeElement?.textContent).toBe("Cancel");
    await expectAccessible();
    expect(gone).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Take back" }));
    await screen.findByText("Taken back.");
    expect(gone).toEqual(["/api/governance/grants/g-1"]);
    expect(await screen.findByText("No agent may repeat anything.")).toBeDefined();
  });

  it("says why it was not taken back", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport()
      .on("GET", /\/grants$/, () => [grant()])
      .on("DELETE", /\/grants\//, () => {
        throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
      });
    show(transport);
    await user.click(await screen.findByRole("button", { name: /^Take back:/ }));
    await user.click(screen.getByTestId("confirm"));
    expect(await screen.findByText("Your role may not do this.")).toBeDefined();
  });

  it("finds by agent, person or command, and keeps that in the address", async () => {
    const user = userEvent.setup();
    show(new FakeTransport().on("GET", /\/grants$/, () => [grant(), grant({ id: "g-2", agent: "rex", covers: "make lint" })]));
    await waitFor(() => expect(rows("grant")).toHaveLength(2));
    await user.type(screen.getByRole("searchbox"), "rex");
    await waitFor(() => expect(rows("grant")).toHaveLength(1));
    expect(globalThis.location.hash).toBe("#/grants?q=rex");
    await user.type(screen.getByRole("searchbox"), "!");
    await screen.findByText(/No grant matches/);
    await expectAccessible();
  });

  it("takes nothing back on the web without a connection, and says so", async () => {
    const transport = new FakeTransport().on("GET", /\/grants$/, () => [grant()]);
    transport.kind = "web";
    transport.console = consoleState({ online: false });
    show(transport);
    expect((await screen.findByRole<HTMLButtonElement>("button", { name: /^Take back:/ })).disabled).toBe(true);
    expect(screen.getByText(/Taking back needs a connection/)).toBeDefined();
    await expectAccessible();
  });

  it("takes one back on the desktop without a connection: kept, not in effect, and withdrawn again", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport().on("GET", /\/grants$/, () => [grant()]);
    transport.console = consoleState({ online: false });
    const revokes = new FakeRevokes();
    transport.revokes = revokes;
    show(transport);
    expect(await screen.findByText(/Until then the grant can still be used. A freeze/)).toBeDefined();
    await user.click(await screen.findByRole("button", { name: /^Take back:/ }));
    expect(screen.getByRole("dialog").textContent).toContain("kept here and sent first");
    await user.click(screen.getByTestId("confirm"));
    expect(await screen.findByText("Kept here, not in effect yet.")).toBeDefined();
    const row = within(screen.getByTestId("grant"));
    expect((await row.findByTestId("revoke-order")).textContent).toContain("in effect when it is sent");
    expect(row.getByText("Usable")).toBeDefined();
    expect(row.queryByRole("button", { name: /^Take back:/ })).toBeNull();
    await expectAccessible();
    await user.click(row.getByRole("button", { name: "Let it be" }));
    await waitFor(() => expect(row.queryByTestId("revoke-order")).toBeNull());
    expect(row.getByRole("button", { name: /^Take back:/ })).toBeDefined();
  });

  it("says why taking back had no effect, until that is dismissed", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport().on("GET", /\/grants$/, () => [grant()]);
    transport.revokes = new FakeRevokes([{ grantId: "g-1", covers: "x", state: "needs_you", code: "forbidden", message: "raw", madeAt: NOW }]);
    show(transport);
    expect((await screen.findByTestId("revoke-order")).textContent).toContain("Your role may not do this.");
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByTestId("revoke-order")).toBeNull());
  });

  it("lists the uses with their entries", async () => {
    const user = userEvent.setup();
    const asked: string[] = [];
    const transport = new FakeTransport()
      .on("GET", /\/grants$/, () => [grant()])
      .on("GET", /\/audit$/, ({ query }) => {
        asked.push(query.toString());
        return { items: [{ index: 41, id: "e", at: NOW, kind: "grant_used", actor: "nova", subject: "g-1", links: {}, leaf: "", leaf_hash: "" }], as_of: "", server_time: NOW };
      });
    show(transport);
    await user.click(await screen.findByRole("button", { name: "used 3 times" }));
    const uses = await screen.findByRole("list", { name: "Uses" });
    expect(within(uses).getByRole("link").getAttribute("href")).toBe("#/record/41");
    expect(asked).toEqual(["kind=grant_used&subject=g-1&limit=50"]);
    await expectAccessible();
  });

  it("is the same list under the requests, with the same question before one is taken back", async () => {
    const user = userEvent.setup();
    globalThis.location.hash = "#/approvals";
    const transport = new FakeTransport().on("GET", /\/grants$/, () => [grant()]);
    transport.revokes = new FakeRevokes();
    show(transport);
    await user.click(await screen.findByRole("tab", { name: "Repeats" }));
    await user.click(await screen.findByRole("button", { name: "Take back: npm test in auth-service" }));
    expect(screen.getByRole("dialog")).toBeDefined();
    await expectAccessible();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    show(new FakeTransport().on("GET", /\/grants$/, () => [grant()]));
    expect(await screen.findByText("noch 2-mal von 5")).toBeDefined();
    await expectAccessible();
  });
});

describe("delegations", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/grants/delegations";
  });

  it("shows who votes for whom, and only those by me or to me on request", async () => {
    const user = userEvent.setup();
    const all = [delegation(), delegation({ id: "d-2", from: "carol", to: "alice", starts_at: NOW + DAY, ends_at: NOW + 2 * DAY })];
    show(new FakeTransport().on("GET", /\/delegations$/, () => all));
    await waitFor(() => expect(rows("delegation")).toHaveLength(2));
    expect(rows("delegation")[0]).toContain("alice is represented by bob");
    expect(rows("delegation")[0]).toContain("In force");
    expect(rows("delegation")[1]).toContain("Ahead");
    await user.selectOptions(screen.getByRole("combobox", { name: "Show" }), "To me");
    await waitFor(() => expect(rows("delegation")).toHaveLength(1));
    expect(globalThis.location.hash).toBe("#/grants/delegations?of=to_me");
    await expectAccessible();
  });

  it("makes one with person, dates and reason", async () => {
    const user = userEvent.setup();
    const sent: unknown[] = [];
    const transport = new FakeTransport()
      .on("GET", /\/delegations$/, () => [])
      .on("POST", /\/delegations$/, ({ body }) => {
        sent.push(body);
        return delegation();
      });
    show(transport);
    await user.click(await screen.findByTestId("delegate"));
    await user.type(screen.getByLabelText("Who votes for you"), "alice");
    await screen.findByText("That is you.");
    await user.clear(screen.getByLabelText("Who votes for you"));
    await user.type(screen.getByLabelText("Who votes for you"), "bob");
    await user.type(screen.getByLabelText("Reason"), "Away");
    await expectAccessible();
    await user.click(screen.getByTestId("make-delegation"));
    await screen.findByText("Made. It is in the record.");
    expect(sent).toEqual([expect.objectContaining({ to: "bob", reason: "Away" })]);
  });

  it("ends one's own after asking; others' cannot be ended", async () => {
    const user = userEvent.setup();
    const gone: string[] = [];
    const transport = new FakeTransport()
      .on("GET", /\/delegations$/, () => [delegation(), delegation({ id: "d-2", from: "carol", to: "bob" })])
      .on("DELETE", /\/delegations\//, ({ pathname }) => {
        gone.push(pathname);
        return delegation({ revoked_at: NOW });
      });
    show(transport);
    expect(await screen.findAllByRole("button", { name: /^End now:/ })).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "End now: alice to bob" }));
    await user.click(screen.getByTestId("confirm"));
    await waitFor(() => expect(gone).toEqual(["/api/governance/delegations/d-1"]));
  });

  it("says what nobody delegating means, and who may see it otherwise", async () => {
    let refused = false;
    const transport = new FakeTransport().on("GET", /\/delegations$/, () => {
      if (refused) throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
      return [];
    });
    const page = show(transport);
    await screen.findByText("Nobody votes for anybody else.");
    await expectAccessible();
    page.unmount();
    refused = true;
    show(transport);
    expect(await screen.findByTestId("no-permission")).toBeDefined();
  });

  it("refuses dates as the server does", () => {
    const now = NOW / 1000;
    expect(wrongDates(null, NOW, now)).toBe("missing");
    expect(wrongDates(NOW + DAY, NOW, now)).toBe("order");
    expect(wrongDates(NOW - 2 * DAY, NOW - DAY, now)).toBe("past");
    expect(wrongDates(NOW, NOW + 91 * DAY, now)).toBe("long");
    expect(wrongDates(NOW, NOW + 90 * DAY, now)).toBeNull();
  });
});
