import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { floods, MANY, without } from "./flood";

const many = (agent: string, count: number, level = "medium") =>
  Array.from({ length: count }, (_, n) => approval({ id: `${agent}-${n}`, agent, requester: "dana", level }));

describe("a flood", () => {
  it("is one card with the gravest level, its rows behind it, and what is high or critical beside it", () => {
    const rows = [...many("nova", MANY - 1), ...many("nova", 1, "low"), ...many("nova", 1, "critical"), ...many("nova", 1, "high"), ...many("iris", 2)];
    const cards = floods(rows);
    expect(cards).toEqual([{ key: "nova\ndana", agent: "nova", requester: "dana", count: MANY, level: "medium" }]);
    expect(without(rows, cards, new Set()).map((view) => view.level)).toEqual(["critical", "high", "medium", "medium"]);
    expect(without(rows, cards, new Set(["nova\ndana"]))).toEqual(rows);
  });

  it("is not made of few, of different people, or of what has ended", () => {
    expect(floods([...many("nova", MANY - 1), ...many("nova", MANY, "high")])).toEqual([]);
    const split = [...many("nova", 6), ...many("nova", 6).map((view) => ({ ...view, requester: "erin" }))];
    expect(floods(split)).toEqual([]);
    expect(floods(many("nova", MANY).map((view) => ({ ...view, status: "approved" })))).toEqual([]);
  });
});
