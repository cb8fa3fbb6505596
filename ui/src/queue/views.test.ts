import { describe, expect, it, vi } from "vitest";
import { FIRST, MOST_VIEWS, removeView, saveView, views } from "./views";

describe("saved views", () => {
  it("are each person's own, and one of the same name is replaced in its place", () => {
    saveView("alice", "Prod", { ...FIRST, query: "env:prod" });
    saveView("alice", "Mine", { ...FIRST, tab: "others" });
    saveView("alice", " Prod ", { ...FIRST, query: "env:production", sorting: "risk" });
    expect(views("alice").map(({ name, query }) => [name, query])).toEqual([["Prod", "env:production"], ["Mine", ""]]);
    expect(views("bob")).toEqual([]);
    removeView("alice", "Prod");
    expect(views("alice").map(({ name }) => name)).toEqual(["Mine"]);
  });

  it("are at most as many as there are keys, and have a name", () => {
    for (let n = 0; n < MOST_VIEWS; n += 1) expect(saveView("alice", `v${n}`, FIRST)).toBe("kept");
    expect(saveView("alice", "one more", FIRST)).toBe("refused");
    expect(saveView("alice", "v0", FIRST)).toBe("kept");
    expect(saveView("bob", "  ", FIRST)).toBe("refused");
  });

  it("keep which groups are folded", () => {
    saveView("alice", "Folded", { ...FIRST, closed: ["a", "b"] });
    expect(views("alice")[0]?.closed).toEqual(["a", "b"]);
    localStorage.setItem("navi.queue.views.alice", JSON.stringify([{ name: "old", tab: "me", query: "", grouping: "none", sorting: "risk" }, { ...FIRST, name: "no", closed: [1] }]));
    expect(views("alice").map(({ name }) => name)).toEqual(["old"]);
  });

  it("last as long as the page where the storage is full, and that is said", () => {
    const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    expect(saveView("alice", "Mine", FIRST)).toBe("page");
    expect(views("alice").map(({ name }) => name)).toEqual(["Mine"]);
    full.mockRestore();
    expect(saveView("alice", "Two", FIRST)).toBe("kept");
    expect(views("alice")).toHaveLength(2);
  });

  it("are none where the storage is blocked", () => {
    const blocked = vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("blocked", "SecurityError");
    });
    expect(views("erin")).toEqual([]);
    blocked.mockRestore();
  });

  it("survive what cannot be read", () => {
    localStorage.setItem("navi.queue.views.alice", "{");
    expect(views("alice")).toEqual([]);
    localStorage.setItem("navi.queue.views.alice", JSON.stringify([null, { name: "x" }, { name: "ok", ...FIRST }, { name: "no", ...FIRST, tab: "?" }]));
    expect(views("alice").map(({ name }) => name)).toEqual(["ok"]);
  });
});
