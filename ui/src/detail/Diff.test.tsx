/** The diff as a person reads it: one column or two, what was looked at, and what that means for the decision. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer, preferences } from "../state/preferences";
import { approval, material } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { FakeViewport } from "../test/FakeViewport";
import { expectAccessible, show } from "../test/screen";

const file = (path: string, lines = 1) =>
  [`--- a/${path}`, `+++ b/${path}`, `@@ -1,${lines} +1,${lines} @@`, ...Array.from({ length: lines }, (_, i) => [`-old ${i}`, `+new ${i}\u202E`]).flat()].join("\n");
const DIFF = [file("README.md"), file("auth/login.py", 40), file("auth/key.py")].join("\n");

afterEach(() => vi.unstubAllGlobals());

async function open(more: Partial<ApprovalView> = {}) {
  const view = approval({ level: "medium", material: material({ diff: DIFF }), ...more });
  const transport = new FakeTransport(view);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("detail");
  return { transport, user: userEvent.setup() };
}

/** In the order of the diff: the tree has folders first. */
const marks = () => [/README/, /login/, /key/].map((name) => screen.getByRole("treeitem", { name }).dataset["looked"]);
const hunk = (at: number) => screen.getByTestId("diff").querySelector(`[data-hunk="${at}"]`) as Element;
const tail = () => screen.getByTestId("material-end");

describe("a diff in two columns", () => {
  it("is a key away, whole, and the choice is kept", async () => {
    const { user } = await open();
    expect(screen.getByTestId("diff").dataset["layout"]).toBe("unified");
    const characters = () => [...(screen.getByTestId("diff").textContent ?? "").replaceAll("\n", "")].toSorted();
    const whole = characters();
    await user.keyboard("d");
    expect(screen.getByTestId("diff").dataset["layout"]).toBe("split");
    const rows = screen.getAllByTestId("diff-row").map((row) => [...row.children].map((side) => side.textContent));
    expect(rows).toHaveLength(42);
    expect(rows[0]).toEqual(["-old 0", "+new 0<U+202E>"]);
    expect(characters()).toEqual(whole);
    expect(preferences().diff).toBe("split");
    await expectAccessible();
    await user.click(screen.getByTestId("diff-layout"));
    expect(screen.getByTestId("diff").dataset["layout"]).toBe("unified");
  });

  it("keeps the jumps", async () => {
    prefer({ diff: "split" });
    const { user } = await open();
    await user.keyboard("nn");
    expect(screen.getByTestId("risky-at").textContent).toBe("2 of 3");
    expect(hunk(1).getAttribute("data-current")).toBe("true");
  });

  it("waits for room, and says so", async () => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        constructor(private readonly tell: (entries: unknown[]) => void) {}
        observe(element: Element) {
          if (element.matches("pre")) this.tell([{ contentRect: { width: 320 } }]);
        }
        unobserve() {}
        disconnect() {}
      },
    );
    prefer({ diff: "split", language: "de" });
    await open();
    expect(screen.getByTestId("diff").dataset["layout"]).toBe("unified");
    expect(screen.getByText("Dafür ist hier kein Platz.")).toBeDefined();
    await expectAccessible();
  });
});

describe("the files of a diff", () => {
  it("are looked at once their ends were in view, piece by piece", async () => {
    const viewport = new FakeViewport();
    const { user } = await open();
    expect(marks()).toEqual(["false", "false", "false"]);
    expect(screen.getByTestId("files-looked").textContent).toBe("0 of 3 changed files looked at");
    viewport.show(hunk(0));
    expect(marks()).toEqual(["true", "false", "false"]);
    const ends = hunk(1).querySelectorAll("[data-end]");
    expect(ends.length).toBeGreaterThan(3);
    viewport.show(ends[ends.length - 1] as Element);
    expect(marks()).toEqual(["true", "false", "false"]);
    await expectAccessible();
    viewport.show(hunk(1));
    expect(marks()).toEqual(["true", "true", "false"]);
    // What was looked at stays looked at, in whatever columns.
    await user.keyboard("d");
    expect(marks()).toEqual(["true", "true", "false"]);
    viewport.show(hunk(2));
    expect(screen.getByTestId("files-looked").textContent).toBe("3 of 3 changed files looked at");
  });

  it("lead to what was not looked at", async () => {
    const went: Element[] = [];
    vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(function scroll(this: Element) {
      went.push(this);
    });
    const viewport = new FakeViewport();
    const { user } = await open();
    viewport.show(hunk(0));
    await user.keyboard("f");
    expect(hunk(1).contains(went.at(-1) ?? null)).toBe(true);
    await user.click(within(screen.getByTestId("diff-files")).getByRole("treeitem", { name: /key\.py/ }));
    expect(went.at(-1)).toBe(hunk(2));
  });
});

describe("a decision about a diff", () => {
  it("says at medium risk what was not looked at, in the bar and in the dialog", async () => {
    const viewport = new FakeViewport();
    const { user } = await open();
    viewport.show(tail());
    viewport.show(hunk(0));
    expect(screen.getByTestId("unread").textContent).toContain("2 changed files not looked at to their end: auth/login.py, auth/key.py");
    await expectAccessible();
    await user.click(screen.getByTestId("approve"));
    expect(screen.getByRole("dialog").textContent).toContain("You have not looked at 2 of the changed files to their end.");
    await expectAccessible();
  });

  it("takes more than one press at low risk", async () => {
    const viewport = new FakeViewport();
    const { user, transport } = await open({ level: "low" });
    viewport.show(tail());
    await user.click(screen.getByTestId("approve"));
    expect(screen.getByRole("dialog")).toBeDefined();
    expect(screen.queryByTestId("held-back")).toBeNull();
    expect(transport.drafts).toEqual([]);
  });

  it.each(["high", "critical"] as const)("has no Approve at %s risk before all of it was looked at", async (level) => {
    const viewport = new FakeViewport();
    await open({ level, needs_step_up: true });
    viewport.show(tail());
    expect(screen.queryByTestId("approve")).toBeNull();
    viewport.show(hunk(0));
    viewport.show(hunk(1));
    expect(screen.queryByTestId("approve")).toBeNull();
    expect(screen.getByTestId("read-on")).toBeDefined();
    viewport.show(hunk(2));
    expect(screen.queryByTestId("read-on")).toBeNull();
    expect(screen.getByTestId("approve")).toBeDefined();
    expect(screen.queryByTestId("unread")).toBeNull();
    await expectAccessible();
  });

  it("can be a reject at any time", async () => {
    const viewport = new FakeViewport();
    await open({ level: "critical", needs_step_up: true });
    viewport.show(hunk(0));
    expect(screen.getByTestId<HTMLButtonElement>("reject").disabled).toBe(false);
  });

  it("begins anew when the content changes", async () => {
    const viewport = new FakeViewport();
    const view = approval({ level: "high", needs_step_up: true, material: material({ diff: DIFF }) });
    const transport = new FakeTransport(view);
    location.hash = `#/approvals/${view.id}`;
    show(transport);
    await screen.findByTestId("detail");
    for (const part of [hunk(0), hunk(1), hunk(2), tail()]) viewport.show(part);
    expect(screen.getByTestId("approve")).toBeDefined();
    const next = approval({ ...view, version: 2, digest: "", material: material({ diff: file("other.txt") }) });
    const { digest } = approval({ material: next.material });
    transport.push({ ...next, id: view.id, digest });
    await screen.findByText("0 of 1 changed file looked at");
    expect(screen.queryByTestId("approve")).toBeNull();
  });
});
