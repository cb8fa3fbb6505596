import { describe, expect, it } from "vitest";
import { approval } from "../test/fixtures";
import { reaches, scopeOf } from "./repeat";

describe("what may be repeated", () => {
  it("is nothing at critical risk or where several people are needed", () => {
    expect(reaches(approval({ level: "critical" }), { command: "make" })).toEqual([]);
    expect(reaches(approval({ level: "high", quorum: 2 }), { command: "make" })).toEqual([]);
  });

  it("is what the action has to be recognised by", () => {
    const view = approval({ level: "medium", quorum: 1 });
    expect(reaches(view, {})).toEqual(["same_rule"]);
    expect(reaches(view, { command: "make", session_id: "s" })).toEqual(["same_action", "same_command", "same_rule"]);
  });

  it("is signed with limits, and never without an end", () => {
    expect(scopeOf("once", 0, 0)).toBe("once");
    expect(scopeOf("same_command", 30, 5)).toEqual({ same_command: { minutes: 30, uses: 5 } });
    for (const [minutes, uses] of [[0, 5], [30, 0], [1441, 1], [30, 1.5], [Number.NaN, 1]] as const) {
      expect(scopeOf("same_rule", minutes, uses)).toBeNull();
    }
  });
});
