import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../../api/types";
import { readMaterial } from "../../detail/material";
import { approval, consoleState, material, NOW_MS } from "../../test/fixtures";
import { alike, itemsOf, likeness } from "../group";
import { bulkApprove, bulkFriction } from "./bulk";
import { compare } from "./compare";

const circumstances = { console: consoleState(), kind: "desktop" as const, now: NOW_MS };
const many = (count: number, more: Partial<ApprovalView> = {}) =>
  Array.from({ length: count }, (_, n) => approval({ material: material({ command: `npm test --shard ${n}` }), ...more }));

function bulk(views: ApprovalView[], read: string[] = []) {
  const readings = new Map(views.map((view) => [view.id, readMaterial(view.material, view.digest)]));
  return bulkApprove(views, { circumstances, readings, read: new Set(read) });
}

describe("what one press approves", () => {
  it("is low and medium alone, and says what it leaves out", () => {
    const views = [...many(4), ...many(2, { level: "medium" }), ...many(1, { level: "high" }), ...many(1, { level: "critical" })];
    const found = bulk(views);
    expect(found.take).toHaveLength(6);
    expect(found.leftOut.map(({ because }) => because)).toEqual(["grave", "grave"]);
    expect(found.not).toBeNull();
  });

  it("leaves out what cannot be shown whole and what is one's own, and knows nothing of what has ended", () => {
    const broken = approval({ digest: "00".repeat(32) });
    const own = approval({ requester: "alice" });
    const ended = approval({ status: "expired" });
    expect(bulk([broken, own, ended]).leftOut.map(({ because }) => because)).toEqual(["not_whole", "not_allowed"]);
  });

  it("is nothing under two policies", () => {
    expect(bulk([...many(2), ...many(1, { policy_hash: "ef".repeat(32) })]).not).toBe("policies");
  });

  it("needs each to be read when they are not alike", () => {
    const views = [approval(), approval({ material: material({ command: "make deploy" }) })];
    expect(bulk(views)).toMatchObject({ not: "unread", unread: 2 });
    expect(bulk(views, [views[0]?.digest ?? ""])).toMatchObject({ not: "unread", unread: 1 });
    expect(bulk(views, views.map((view) => view.digest)).not).toBeNull();
  });

  it("takes more effort the more there are", () => {
    expect([2, 4, 5, 14, 15].map((count) => bulkFriction(many(count), false))).toEqual(["dialog", "dialog", "hold", "hold", "typed"]);
    expect(bulkFriction(many(2, { level: "medium" }), false)).toBe("hold");
    expect(bulkFriction(many(2), true)).toBe("hold");
  });
});

describe("the table of differences", () => {
  it("shows every part that differs, and every part that is the same", () => {
    const args = (to: string) => ({ to, cc: { who: "ops" } });
    const [a, b] = [
      approval({ material: material({ command: "a", args: args("x"), files: [{ path: "f", op: "edit" }] }) }),
      approval({ material: material({ command: "b", args: args("y"), cwd: "/src", salt: "04" }) }),
    ];
    const found = compare([a, b]);
    expect(found.differ).toEqual([
      { part: "command", values: ["a", "b"] },
      { part: "args.to", values: ["x", "y"] },
      { part: "files", values: ["edit f", null] },
      { part: "cwd", values: [null, "/src"] },
    ]);
    expect(Object.fromEntries(found.same)).toMatchObject({ "args.cc.who": "ops", repo: "auth-service", "target_state.none": "not observed" });
    expect(found.same.map(([part]) => part)).not.toContain("salt");
  });
});

describe("names chosen to hide a part", () => {
  it("do not hide it", () => {
    const sly = (inner: string) => approval({ material: material({ args: { "a.b": "harmless", a: { b: inner } } }) });
    const found = compare([sly("x"), sly("rm -rf /")]);
    expect(found.differ).toEqual([{ part: "args.a.b", values: ["x", "rm -rf /"] }]);
    expect(Object.fromEntries(found.same)['args["a.b"]']).toBe("harmless");
  });
});

describe("likeness", () => {
  const like = (more: Partial<ApprovalView>, other: Record<string, unknown> = {}) =>
    likeness(approval({ ...more, material: material({ command: "npm test 7", ...other }) })) === likeness(approval());
  it("is of agent, person, action, rule and kind of target, not of what the table shows", () => {
    expect(like({})).toBe(true);
    expect(like({ level: "medium", policy_hash: "ef" })).toBe(true);
    for (const more of [{ agent: "iris" }, { requester: "erin" }, { rule: "critical" }]) expect(like(more)).toBe(false);
    for (const other of [{ command: "rm -rf /" }, { repo: "b" }, { environment: "prod" }, { action_type: "deploy" }, { tool: "Bash" }]) {
      expect(like({}, other)).toBe(false);
    }
  });

  it("puts a heading over three, and none over two", () => {
    const [three, two] = [many(3), many(2, { agent: "iris" })];
    const rows = [three[0], two[0], three[1], two[1], three[2]].filter((view) => view !== undefined);
    const kinds = (closed: string[] = []) =>
      itemsOf(rows, "similar", new Set(closed)).map((item) => (item.kind === "group" ? item.group.views.length : item.view.agent));
    expect(kinds()).toEqual([3, "nova", "nova", "nova", "iris", "iris"]);
    expect(kinds([likeness(three[0] as ApprovalView)])).toEqual([3, "iris", "iris"]);
    expect(itemsOf(rows, "none", new Set())).toHaveLength(5);
    expect(itemsOf(rows, "agent", new Set()).filter((item) => item.kind === "group")).toHaveLength(2);
    expect(itemsOf(rows, "target", new Set()).filter((item) => item.kind === "group")).toHaveLength(1);
    expect(alike(three) && !alike(rows)).toBe(true);
  });

  it("keeps the order of rows that stand alone", () => {
    const [a1, b1, a2] = [many(1)[0], many(1, { agent: "iris" })[0], many(1)[0]].filter((view) => view !== undefined);
    const rows = [a1, b1, a2].filter((view) => view !== undefined);
    expect(itemsOf(rows, "similar", new Set()).map((item) => item.kind === "row" && item.view.id)).toEqual(rows.map(({ id }) => id));
  });
});
