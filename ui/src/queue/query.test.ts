import { describe, expect, it } from "vitest";
import { approval, material, NOW_MS } from "../test/fixtures";
import { search } from "./filter";
import { readQuery } from "./query";

const minutesAgo = (minutes: number) => (NOW_MS - minutes * 60_000) * 1000;
const list = [
  approval({ id: "a", level: "low", agent: "nova", title: "Run: ls", created_at: minutesAgo(1), expires_at: (NOW_MS + 600_000) * 1000 }),
  approval({
    id: "b",
    level: "high",
    agent: "atlas",
    title: "Deploy the payments service",
    created_at: minutesAgo(30),
    material: material({ command: "make deploy", repo: "payments", environment: "prod", files: [{ path: "ci/deploy.yml", op: "edit" }] }),
  }),
  approval({ id: "c", level: "critical", agent: "nova", title: "Deploy auth", rule: "critical", created_at: minutesAgo(90), requester: "erin" }),
];

describe("search", () => {
  it.each([
    ["", ["a", "b", "c"]],
    ["deploy", ["b", "c"]],
    ["agent:nova deploy", ["c"]],
    ["agent:atlas,nova deploy", ["b", "c"]],
    ["level:>=high", ["b", "c"]],
    ["level:<high", ["a"]],
    ["level:high", ["b"]],
    ["level:low,critical", ["a", "c"]],
    ["-agent:nova", ["b"]],
    ["!deploy", ["a"]],
    ["repo:auth", ["a", "c"]],
    ["env:prod", ["b"]],
    ["action:command", ["a", "b", "c"]],
    ["rule:critical", ["c"]],
    ["person:erin", ["c"]],
    ["file:ci/", ["b"]],
    ["age:>10m", ["b", "c"]],
    ["age:>=1h", ["c"]],
    ["age:<10m", ["a"]],
    ["age:30m", ["b", "c"]],
    ["left:<15m", ["a"]],
    ['"the payments"', ["b"]],
    ['"payments the"', []],
    ['agent:"nova"', ["a", "c"]],
    ['-"Deploy auth" deploy', ["b"]],
    ["AGENT:Nova DEPLOY", ["c"]],
    ['"run:"', ["a"]],
  ])("finds %s", (query, found) => expect(search(list, query, NOW_MS).map(({ id }) => id)).toEqual(found));
});

describe("a query that cannot be read", () => {
  it.each([
    ["level:nonsense", "no_level"],
    ["level:>high,low", "no_level"],
    ["age:ten", "no_span"],
    ["age:>10", "no_span"],
    ["colour:red", "unknown_field"],
    ["agent:", "no_value"],
    ['deploy "the', "open_quote"],
  ])("says what is wrong with %s", (query, why) => expect(readQuery(query).problems.map((p) => p.why)).toEqual([why]));

  it("hides nothing because of it, and says where it stands", () => {
    const query = readQuery("deploy level:hihg");
    expect(search(list, query, NOW_MS).map(({ id }) => id)).toEqual(["b", "c"]);
    expect(query.problems).toEqual([{ at: 7, text: "level:hihg", why: "no_level", field: "level" }]);
  });

  it("never fails, whatever is typed", () => {
    for (const text of ['"', "-", ":", "::", "a:b:c", '-"', "!!", "level:", 'x:"', " \t"]) {
      expect(() => search(list, text, NOW_MS)).not.toThrow();
    }
  });
});
