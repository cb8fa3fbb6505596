/** What a request reaches and whether it can be undone, before anybody consents. */
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ApprovalView, ReachView } from "../../api/types";
import { prefer } from "../../state/preferences";
import { approval, material, NOW } from "../../test/fixtures";
import { FakeTransport } from "../../test/FakeTransport";
import { expectAccessible, show } from "../../test/screen";

async function open(more: Partial<ApprovalView>) {
  const view = approval(more);
  const transport = new FakeTransport(view);
  transport.on("GET", /precedents$/, () => ({ items: [], compared: 0, more: false, server_time: NOW }));
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
}

const SQL = {
  raw: "DELETE FROM users",
  kinds: ["DELETE"],
  tables: [{ name: "users", how: "deletes", rows: "all" }],
  condition: "absent",
  loud: ["DELETE"],
  from: "command: psql -c …",
};
const HTTP = {
  method: "POST",
  address: "https://api.example.com/v1/x?dry=1",
  scheme: "https",
  host: "api.example.com",
  path: "/v1/x",
  query: ["dry"],
  headers: ["Authorization", "X-Trace"],
  body: "json",
  body_files: ["body.json"],
  from: "command: curl …",
};

describe("the way back before consent", () => {
  const way_back = {
    truth: "unverified",
    by: "gate",
    because: "known_after_run",
    why: "what it changes is only known after it ran",
    strategies: ["git", "database"],
    undoes: ["what it commits in /srv/shop"],
    leaves: ["whatever else it does"],
    window_minutes: 1440,
  };

  it("says how, for how long, what stays, and that it is known only after the run", async () => {
    await open({ way_back });
    const told = screen.getByTestId("rollback").textContent ?? "";
    for (const part of [
      "Not verified.",
      "What there is to undo is known only then.",
      "Commits are taken back by a new commit",
      "Migrations are taken back, unless that drops data",
      "It can be rehearsed only after it ran",
      "1 day after it ended",
      "what it commits in /srv/shop",
      "whatever else it does",
      "An action of its own",
    ]) {
      expect(told).toContain(part);
    }
    await expectAccessible();
  });

  it("is said in German", async () => {
    prefer({ language: "de" });
    await open({ way_back: { ...way_back, window_minutes: 90 }, reach: { sql: [SQL], outside: [{ kind: "mail", from: "x" }] } });
    expect(screen.getByTestId("rollback").textContent).toContain("Nicht geprüft.");
    expect(screen.getByTestId("rollback-window").textContent).toBe("90 Minuten nach seinem Ende");
    expect(screen.getByTestId("parsed-sql").textContent).toContain("keins: jede Zeile");
    expect(screen.getByTestId("outside").textContent).toContain("Eine E-Mail geht hinaus.");
    await expectAccessible();
  });

  it("promises nothing where there is none", async () => {
    await open({ way_back: { truth: "impossible", by: "server", because: "no_window", window_minutes: 0, strategies: [] } });
    const told = screen.getByTestId("rollback");
    expect(told.textContent).toContain("No rollback. The organisation offers no rollback");
    expect(screen.getByTestId("rollback-window").textContent).toBe("Never");
    expect(told.textContent).not.toContain("It undoes");
    expect(screen.getByTestId("one-line").textContent).toContain("It cannot be taken back.");
    await expectAccessible();
  });

  it("tells the words of a runner that found something against it", async () => {
    await open({ way_back: { truth: "unverified", by: "runner", because: "rehearsed", why: "the branch moved", window_minutes: 10_080 } });
    expect(screen.getByTestId("rollback").textContent).toContain("what stands against it: the branch moved");
    expect(screen.getByTestId("rollback").textContent).toContain("Rehearsed by a runner before you were asked");
    expect(screen.getByTestId("rollback-window").textContent).toBe("7 days after it ended");
  });

  it("names a reason of a newer server in its own words", async () => {
    await open({ way_back: { truth: "impossible", by: "server", because: "the_moon", why: "the moon is full" } });
    expect(screen.getByTestId("rollback").textContent).toContain("the moon is full");
  });
});

describe("the reach of it", () => {
  const reach: ReachView = {
    touched: [
      { what: "data_store", name: "shop\u202E.db", how: "uses", from: "command: psql" },
      { what: "table", name: "users", how: "deletes", rows: "all", from: "command: psql" },
      { what: "comet", name: "halley", how: "sights", from: "sky" },
    ],
    outside: [{ kind: "mail", to: ["bob@example.com"], from: "command: mail bob@example.com" }],
    left_out: 3,
  };

  it("names what is touched and what cannot be called back, with where it stands", async () => {
    await open({ reach });
    const told = screen.getByTestId("reach-of-it").textContent ?? "";
    expect(told).toContain("Stores of data");
    expect(told).toContain("shop<U+202E>.db is used; whether it is changed is not known");
    expect(told).toContain("users is deleted: every row");
    expect(told).toContain("halley sights");
    expect(screen.getByTestId("outside").textContent).toContain("Cannot be called back");
    expect(screen.getByTestId("outside").textContent).toContain("Mail goes out. To bob@example.com.");
    expect(screen.getByText(/3 further entries are not listed here/)).toBeDefined();
    expect(told).toContain("Not known: nobody told this server what depends on it.");
    await expectAccessible();
  });

  it("says so where the server does not tell it", async () => {
    await open({});
    expect(screen.getByTestId("reach-of-it").textContent).toContain("This server does not say what it reaches.");
  });
});

describe("SQL and HTTP", () => {
  it("stand parsed and raw, beside the whole command", async () => {
    const command = 'psql -c "DELETE FROM users"';
    await open({ material: material({ command }), reach: { sql: [SQL], http: [HTTP] } });
    expect(screen.getAllByTestId("code").map((code) => code.textContent)).toContain(command);
    const sql = screen.getByTestId("parsed-sql");
    expect(sql.textContent).toContain("DELETE FROM users");
    expect(sql.textContent).toContain("users: is deleted: every row");
    expect(sql.textContent).toContain("none: every row");
    expect(sql.firstElementChild?.getAttribute("data-grave")).toBe("true");
    const http = screen.getByTestId("parsed-http").textContent ?? "";
    for (const part of ["POST", "https://api.example.com/v1/x?dry=1", "Authorization, X-Trace", "JSON, from body.json, which is not in the request"]) {
      expect(http).toContain(part);
    }
    await expectAccessible();
  });

  it("say what could not be parsed, and hide nothing of it", async () => {
    const unread = { raw: "DELETE FORM \u200Busers", loud: ["DELETE"], problem: "not_read", from: "x" };
    const file = { raw: "m.sql", problem: "in_file", from: "x" };
    const stdin = { raw: "-", problem: "in_file", from: "x" };
    const newer = { raw: "MOVE", problem: "the_moon", from: "x" };
    const call = { from: "x", address: "http://$HOST/", unread: ["--connect-to a"] };
    await open({ reach: { sql: [unread, file, stdin, newer], http: [call, { from: "x", method: "POST" }] } });
    const items = [...screen.getByTestId("parsed-sql").children].map((item) => item.textContent ?? "");
    expect(items[0]).toContain("DELETE FORM <U+200B>users");
    expect(items[0]).toContain("It could not be parsed.");
    expect(items[1]).toContain("What is in it is not in the request.");
    expect(items[2]).toContain("standard input");
    expect(items[3]).toContain("It could not be parsed.");
    const http = screen.getByTestId("parsed-http").textContent ?? "";
    expect(http).toContain("method not said");
    expect(http).toContain("known only when it runs, or readable in two ways");
    expect(http).toContain("--connect-to a");
    expect(http).toContain("none stands there");
    await expectAccessible();
  });
});

describe("what came beside the action", () => {
  it("is quoted whole and labelled", async () => {
    const dry_runs = [
      { name: "plan_output", source: "agent", text: "Plan: 1 to add, 0 to destroy\u202E." },
      { name: "plan_output", source: "material", text: "ok" },
    ];
    const process = { user: "nova", host: "build-7", env: ["HOME", "PATH"] };
    await open({ reach: { dry_runs, process }, claims: { other: { process } } });
    const [first] = screen.getAllByTestId("dry-run");
    expect(first?.textContent).toBe("Plan: 1 to add, 0 to destroy<U+202E>.");
    expect(screen.getByText(/Nobody checked that it belongs to this action/)).toBeDefined();
    expect(screen.getByText(/stands in the arguments that are signed/)).toBeDefined();
    expect(screen.getByTestId("process").textContent).toContain("nova");
    expect(screen.getByTestId("process").textContent).toContain("HOME, PATH");
    expect(screen.getByText(/Not part of what is signed/)).toBeDefined();
    expect(screen.queryByText("Agent says")).toBeNull();
    await expectAccessible();
  });
});
