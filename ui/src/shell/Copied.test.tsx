/** The notice of copying. */
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Copied } from "./Copied";
import { copy, SHOWN_MS } from "./copy";

const clipboard = (writeText: unknown) =>
  Object.defineProperty(globalThis.navigator, "clipboard", { value: writeText && { writeText }, configurable: true });

async function copying() {
  await act(async () => {
    await copy("0123abcd");
    vi.advanceTimersByTime(1);
  });
}

describe("copying", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.runAllTimers();
    vi.useRealTimers();
    Reflect.deleteProperty(globalThis.navigator, "clipboard");
  });

  it("is told, and not for long", async () => {
    const write = vi.fn<() => Promise<void>>().mockResolvedValue(undefined);
    clipboard(write);
    render(<Copied />);
    await copying();
    expect(write).toHaveBeenCalledWith("0123abcd");
    expect(screen.getByRole("status").textContent).toBe("Copied.");
    act(() => void vi.advanceTimersByTime(SHOWN_MS));
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it.each([
    ["is refused", vi.fn<() => Promise<void>>().mockRejectedValue(new Error("denied"))],
    ["is not there", undefined],
  ])("says so when the clipboard %s", async (_, write) => {
    clipboard(write);
    render(<Copied />);
    await copying();
    expect(screen.getByRole("status").textContent).toContain("could not be copied");
  });
});
