import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { HiddenWarning, VisibleText } from "./VisibleText";
import { mixedScripts, segments, spelled, warningAbout } from "./visible";

describe("direction", () => {
  it("is the text's own, and ours in a sentence of ours that begins with a name from outside", () => {
    render(<VisibleText text="محمد" />);
    render(<VisibleText ours text="محمد: shop" />);
    expect(screen.getByText("محمد").getAttribute("dir")).toBeNull();
    expect(screen.getByText("محمد: shop").getAttribute("dir")).toBe("ltr");
  });
});

describe("hidden characters", () => {
  it.each([
    ["right-to-left override", "a\u202Eb", "a<U+202E>b"],
    ["zero width space", "a\u200Bb", "a<U+200B>b"],
    ["ANSI escape", "\u001B[2K", "<U+001B>[2K"],
    ["carriage return", "safe\rrm", "safe<U+000D>rm"],
    ["no-break space", "a\u00A0b", "a<U+00A0>b"],
    ["tag character", "a\u{E0041}", "a<U+E0041>"],
    ["Hangul filler", "\u3164", "<U+3164>"],
    ["byte order mark", "\uFEFF", "<U+FEFF>"],
    ["line separator", "a\u2028b", "a<U+2028>b"],
    ["lone surrogate", "a\uD800", "a<U+D800>"],
  ])("spells out a %s", (_, text, shown) => expect(spelled(text)).toBe(shown));

  it("leaves line feeds, tabs and ordinary letters of any alphabet alone", () => {
    const text = "für\tдана\n日本語 עברית 🙂";
    expect(spelled(text)).toBe(text);
    expect(warningAbout(text)).toBeNull();
  });

  it("loses nothing", () => {
    const text = "x\u202Ey\u200Bz\u0007";
    const whole = segments(text)
      .map((s) => (s.kind === "text" ? s.text : String.fromCodePoint(Number.parseInt(s.code.slice(2), 16))))
      .join("");
    expect(whole).toBe(text);
  });

  it("finds look-alike letters inside a word", () => {
    expect(mixedScripts("curl pаypal.com and дана")).toEqual(["pаypal.com"]);
  });

  it("warns in one sentence", () => {
    expect(warningAbout("a\u202Eb\u202Cc\u0007")).toBe(
      "Contains 2 direction-changing characters, 1 control character. Spelled out below as <U+…>.",
    );
  });
});

describe("VisibleText", () => {
  it("never becomes markup", () => {
    render(<VisibleText text={'<img src=x onerror=alert(1)> [link](http://x) <a href="x">y</a>'} />);
    expect(document.querySelector("img, a")).toBeNull();
    expect(screen.getByText(/<img src=x/)).toBeDefined();
  });

  it("draws the mark in place", () => {
    render(<VisibleText text={"rm \u202Egpj"} />);
    expect(document.querySelector("bdi")?.textContent).toBe("rm <U+202E>gpj");
  });

  it("has no warning for a clean text", () => {
    const { container } = render(<HiddenWarning text="clean" />);
    expect(container.textContent).toBe("");
  });
});
