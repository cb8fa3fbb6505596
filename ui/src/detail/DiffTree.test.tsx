/** The tree of changed files, what is said of lines that only look changed, and what hiding them costs. */
import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, material } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { FakeViewport } from "../test/FakeViewport";
import { expectAccessible, show } from "../test/screen";

function file(path: string, ...lines: string[]): string {
  const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).length;
  return [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, `@@ -1,${without("+")} +1,${without("-")} @@`, ...lines].join("\n");
}
const BODY = ["const total = items.length;", "return total * price;"];
const DIFF = [
  file("src/auth/login.js", "-go();", "+  go();", "-stay", "+leave"),
  file("src/sum.js", ...BODY.map((line) => `-${line}`)),
  file("src/price.js", ...BODY.map((line) => `+  ${line}`)),
  file("package-lock.json", "-1", "+2"),
  ["diff --git a/logo.png b/mark.png", "similarity index 90%", "rename from logo.png", "rename to mark.png", "Binary files a/logo.png and b/mark.png differ"].join("\n"),
].join("\n");

afterEach(() => vi.unstubAllGlobals());

async function open(more: Partial<ApprovalView> = {}) {
  const view = approval({ level: "medium", material: material({ diff: DIFF }), file_marks: [{ path: "/app/src/auth/login.js", mark: "auth" }], ...more });
  location.hash = `#/approvals/${view.id}`;
  show(new FakeTransport(view));
  await screen.findByTestId("detail");
  return userEvent.setup();
}

const row = (name: RegExp) => screen.getByRole("treeitem", { name });
const hunks = () => [...screen.getByTestId("diff").querySelectorAll("[data-hunk]")];

describe("the tree of files", () => {
  it("names what the server found, what is generated, binary or moved, and only whitespace", async () => {
    await open();
    expect(screen.getAllByRole("treeitem").map((item) => item.getAttribute("aria-level"))).toEqual(["1", "2", "3", "2", "2", "1", "1"]);
    expect(within(row(/login\.js/)).getByTestId("file-mark").textContent).toBe("▲ authentication");
    expect(row(/package-lock/).textContent).toContain("generated, by its name");
    expect(row(/mark\.png/).textContent).toContain("moved from logo.png");
    expect(row(/mark\.png/).textContent).toContain("binary: its content is not in the request");
    expect(row(/sum\.js/).textContent).toContain("+0 −2");
    await expectAccessible();
  });

  it("is one stop for Tab, and arrows, Enter and folding work by keyboard", async () => {
    const went = vi.spyOn(Element.prototype, "scrollIntoView");
    const user = await open();
    const [first] = screen.getAllByRole("treeitem");
    expect(screen.getAllByRole("treeitem").filter((item) => item.tabIndex === 0)).toEqual([first]);
    first?.focus();
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(document.activeElement).toBe(row(/login\.js/));
    expect(went.mock.contexts.at(-1)).toBe(hunks()[0]);
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(row(/^.*auth\//).getAttribute("aria-expanded")).toBe("false");
    expect(screen.queryByRole("treeitem", { name: /login\.js/ })).toBeNull();
    expect(document.activeElement?.textContent).toContain("1 file");
    await user.keyboard("{ArrowRight}{End}");
    expect(document.activeElement).toBe(row(/mark\.png/));
    await user.click(row(/price\.js/));
    expect(went.mock.contexts.at(-1)).toBe(hunks()[2]);
    await user.keyboard("]");
    expect(went.mock.contexts.at(-1)).toBe(hunks()[0]);
    await user.keyboard("[[");
    expect(went.mock.contexts.at(-1)).toBe(hunks()[4]);
    await expectAccessible();
  });
});

describe("lines that only look changed", () => {
  it.each(["unified", "split"] as const)("say so where they stand (%s)", async (diff) => {
    prefer({ diff });
    await open();
    const said = screen.getAllByTestId("line-note").map((one) => one.textContent);
    expect(said).toContain("whitespace only");
    expect(said).toContain("moved to src/price.js:1, with other whitespace");
    expect(said).toContain("moved from src/sum.js:1, with other whitespace");
    await expectAccessible();
  });

  it("are shown unless a person hides them, and then are counted and not looked at", async () => {
    const viewport = new FakeViewport();
    const user = await open({ level: "high", needs_step_up: true });
    expect(screen.getByTestId("space-hidden").textContent).toBe("");
    await user.keyboard("w");
    expect(screen.getByTestId("hide-space").getAttribute("aria-pressed")).toBe("true");
    expect(screen.getByTestId("space-hidden").textContent).toBe("2 lines hidden. What is hidden does not count as looked at.");
    expect(screen.getAllByTestId("hides").map((one) => one.textContent)).toEqual(["2 lines hidden here: only their whitespace changes. Show"]);
    expect(screen.getByTestId("diff").textContent).not.toContain("go();");
    await expectAccessible();
    for (const part of [...hunks(), screen.getByTestId("material-end")]) viewport.show(part);
    expect(row(/login\.js/).dataset["looked"]).toBe("false");
    expect(row(/package-lock/).dataset["looked"]).toBe("true");
    expect(screen.queryByTestId("approve")).toBeNull();
    await user.keyboard("f");
    expect(screen.getByTestId("space-hidden").textContent).toBe("");
    for (const part of hunks()) viewport.show(part);
    expect(row(/login\.js/).dataset["looked"]).toBe("true");
    expect(screen.getByTestId("approve")).toBeDefined();
  });

  it("come back by the button where they are hidden, and speak German", async () => {
    prefer({ language: "de" });
    const user = await open();
    await user.click(screen.getByTestId("hide-space"));
    expect(screen.getByTestId("space-hidden").textContent).toBe("2 Zeilen ausgeblendet. Ausgeblendetes gilt nicht als angesehen.");
    await user.click(screen.getByRole("button", { name: "Einblenden" }));
    expect(screen.queryByTestId("hides")).toBeNull();
    expect(screen.getByTestId("diff").textContent).toContain("go();");
    await expectAccessible();
  });
});

describe("a diff of ten thousand lines", () => {
  it("is drawn as one tree and jumps to any of its files", async () => {
    const many = Array.from({ length: 200 }, (_, n) => file(`src/part${n % 20}/file${n}.js`, ...Array.from({ length: 25 }, (_l, i) => [`-old ${n} ${i}`, `+new ${n} ${i}`]).flat())).join("\n");
    vi.stubGlobal("IntersectionObserver", class { observe() {} unobserve() {} disconnect() {} });
    await open({ material: material({ diff: many }) });
    expect(screen.getAllByTestId("diff-file")).toHaveLength(200);
    expect(screen.getByTestId("files-looked").textContent).toBe("0 of 200 changed files looked at");
    expect(screen.getByTestId("diff").querySelectorAll("[data-end]").length).toBe(0);
    const last = screen.getAllByTestId("diff-file").at(-1) as HTMLElement;
    fireEvent.click(last);
    expect(last.tabIndex).toBe(0);
  });
});
