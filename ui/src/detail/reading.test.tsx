/** The gate before Approve, in a page with a layout: what was not in view was not read. */
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { undo } from "../decide/held";
import { approval, material } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { cover, firstGap } from "./covered";

const TOP = 100;
const VIEW = 500;
/** Height of the command, in pixels: many screens. */
const COMMAND = 5000;
let scrolled = 0;

const scroller = () => screen.getByTestId("detail").firstElementChild as HTMLElement;

function heightOf(part: Element): number {
  if (part.hasAttribute("data-hunk")) return 1000;
  if (part.querySelector("[data-testid=code]")) return COMMAND;
  return 40;
}

/** Everything that takes room, in its order: parts, and the hunks of a diff in place of it. */
function placed(): Element[] {
  const parts = [...scroller().querySelectorAll("[data-must] > *")];
  return parts.flatMap((part) => {
    const hunks = [...part.querySelectorAll("[data-hunk]")];
    return hunks.length > 0 ? hunks : [part];
  });
}

function rect(this: Element): DOMRect {
  const at = (top: number, height: number) => ({ top, bottom: top + height, height, left: 0, right: 400, width: 400 }) as DOMRect;
  if (screen.queryByTestId("detail") === null) return at(0, 0);
  if (this === scroller()) return at(TOP, VIEW);
  let top = TOP + 200 - scrolled;
  for (const one of placed()) {
    if (one === this) return at(top, heightOf(one));
    top += heightOf(one);
  }
  return at(0, 0);
}

function scrollTo(y: number): void {
  scrolled = Math.max(0, y);
  act(() => void scroller().dispatchEvent(new Event("scroll")));
}

beforeEach(() => {
  scrolled = 0;
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(rect);
  Element.prototype.scrollBy = function scrollBy(to?: ScrollToOptions | number) {
    if (typeof to === "object") scrolled += to.top ?? 0;
    this.dispatchEvent(new Event("scroll"));
  };
});

afterEach(() => {
  vi.restoreAllMocks();
  while (undo());
});

async function open(more: Record<string, unknown> = {}, factors = approval().factors) {
  const view = approval({ material: material(more), factors });
  const transport = new FakeTransport(view);
  location.hash = `#/approvals/${view.id}`;
  show(transport);
  await screen.findByTestId("read-on");
  return { transport, user: userEvent.setup() };
}

describe("before Approve", () => {
  it("the end alone is not enough", async () => {
    const { user } = await open();
    scrollTo(100_000);
    await waitFor(() => expect(screen.getByTestId("read-on").textContent).toContain("part"));
    scrollTo(4900);
    await user.keyboard("a");
    expect(screen.queryByTestId("approve")).toBeNull();
    expect(screen.queryByTestId("held-back")).toBeNull();
    await expectAccessible();
  });

  it("a long command takes as many presses as it has screens, and then there is Approve", async () => {
    const { user } = await open();
    let presses = 0;
    while (screen.queryByTestId("approve") === null && presses < 100) {
      presses += 1;
      // oxlint-disable-next-line no-await-in-loop
      await user.keyboard("a");
    }
    expect(presses).toBeGreaterThanOrEqual(COMMAND / VIEW);
    expect(presses).toBeLessThan(20);
    expect(screen.queryByTestId("held-back")).toBeNull();
    await user.keyboard("a");
    expect(screen.getByTestId("held-back")).toBeDefined();
  });

  it("scrolling through it by hand counts as well", async () => {
    await open();
    for (let y = 0; y < 6000; y += 400) {
      scrollTo(y);
      // One view after the other, as a hand does.
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((done) => requestAnimationFrame(done));
    }
    expect(await screen.findByTestId("approve")).toBeDefined();
  });

  it("of a diff every hunk that deserves a look must be seen, wherever it is", async () => {
    const file = (path: string) => `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b`;
    const risky = { name: "auth", contribution: 300, reason: "Affects authentication", evidence: ["file auth/b.py"] };
    await open({ command: undefined, diff: ["a.md", "auth/b.py", "c.md"].map(file).join("\n") }, [risky]);
    const hunks = () => [...screen.getByTestId("diff").querySelectorAll("[data-hunk]")];
    expect(hunks()).toHaveLength(3);
    const at = (n: number) => hunks()[n]?.getBoundingClientRect().top ?? 0;
    const to = (y: number) => {
      scrollTo(scrolled + y);
      return new Promise((done) => requestAnimationFrame(done));
    };
    // Past the risky one to what comes after it.
    await to(at(2));
    await to(450);
    await to(450);
    await waitFor(() => expect(screen.getByTestId("read-on").textContent).toContain("1 part left"));
    await to(at(1) - TOP);
    await to(400);
    await to(400);
    expect(await screen.findByTestId("approve")).toBeDefined();
  });
});

describe("what was in view", () => {
  it("joins where it touches, and knows where the first gap is", () => {
    expect(firstGap([], 0.01)).toBe(0);
    expect(firstGap(cover([], [0.2, 0.5], 0.01), 0.01)).toBe(0);
    const both = cover(cover([], [0.5, 1], 0.01), [0, 0.3], 0.01);
    expect([both, firstGap(both, 0.01)]).toEqual([[[0, 0.3], [0.5, 1]], 0.3]);
    expect(firstGap(cover(both, [0.295, 0.505], 0.01), 0.01)).toBeNull();
  });
});
