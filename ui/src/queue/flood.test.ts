import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { floods, MANY, without } from "./flood";

const many = (agent: string, count: number, level = "medium") =>
  Array.from({ length: count }, (_, n) => approval({ id: `${agent}-${n}`, agent, requester: "dana", level }));

describe("a flood", () => {
  it("is one card with the gravest level, and its rows are behind it", () => {
    const rows = [...many("nova", MANY), approval({ id: "grave", agent: "nova", requester: "dana", level: "critical" }), ...many("iris", 2)];
    const cards = floods(rows);
    expect(cards).toEqual([{ key: "nova\ndana", agent: "nova", requester: "dana", count: MANY + 1, level: "critical" }]);
    expect(without(rows, cards, new Set()).map((view) => view.agent)).toEqual(["iris", "iris"]);
    expect(without(rows, cards, new Set(["nova\ndana"]))).toEqual(rows);
  });

  it("is not made of few, of different people, or of what has ended", () => {
    expect(floods(many("nova", MANY - 1))).toEqual([]);
    const split = [...many("nova", 6), ...many("nova", 6).map((view) => ({ ...view, requester: "erin" }))];
    expect(floods(split)).toEqual([]);
    expect(floods(many("nova", MANY).map((view) => ({ ...view, status: "approved" })))).toEqual([]);
  });
});
