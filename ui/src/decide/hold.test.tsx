/** What a hold says while it is held, for those who do not see it fill. */
import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HoldToAct } from "../emergency/HoldToAct";
import { prefer } from "../state/preferences";
import { expectAccessible } from "../test/screen";
import { HOLD_MS, HoldButton } from "./HoldButton";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const said = () => screen.getByTestId("hold-said").textContent;
const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const button = () => screen.getByRole("button");

function draw(disabled = false) {
  const held = vi.fn<() => void>();
  render(
    <HoldButton disabled={disabled} onHeld={held}>
      Hold to approve
    </HoldButton>,
  );
  return held;
}

describe("a hold", () => {
  it("says that it began, its half and its end", async () => {
    const held = draw();
    expect(said()).toBe("");
    expect(button().getAttribute("aria-describedby")).toBe(screen.getByText(/^Hold it for 2 seconds/).id);
    fireEvent.keyDown(button(), { key: " " });
    expect(said()).toBe("Holding. Keep on for 2 seconds.");
    await wait(HOLD_MS / 2);
    expect(said()).toBe("Half of it. Keep on.");
    expect(held).not.toHaveBeenCalled();
    await wait(HOLD_MS / 2);
    expect(said()).toBe("Held.");
    fireEvent.keyUp(button(), { key: " " });
    expect([said(), held.mock.calls.length]).toEqual(["Held.", 1]);
  });

  it.each(["keyUp", "blur", "pointerLeave"] as const)("says that it was let go too early (%s)", async (event) => {
    const held = draw();
    fireEvent.keyDown(button(), { key: " " });
    await wait(HOLD_MS - 1);
    fireEvent[event](button());
    expect(said()).toBe("Let go too early. Nothing happened.");
    await wait(HOLD_MS * 2);
    expect(held).not.toHaveBeenCalled();
  });

  it("tells those who press where they hold that a press is not enough", async () => {
    const held = draw();
    fireEvent.click(button(), { detail: 0 });
    expect(said()).toContain("A press is not enough.");
    await wait(HOLD_MS * 2);
    expect(held).not.toHaveBeenCalled();
  });

  it("does nothing while it is disabled", async () => {
    const held = draw(true);
    fireEvent.keyDown(button(), { key: " " });
    await wait(HOLD_MS * 2);
    expect([said(), held.mock.calls.length]).toEqual(["", 0]);
  });

  it("in an emergency takes three seconds, and says so in German too", async () => {
    prefer({ language: "de" });
    const held = vi.fn<() => void>();
    render(
      <HoldToAct testId="ask" disabled={false} onHeld={held}>
        Halten
      </HoldToAct>,
    );
    fireEvent.pointerDown(button(), { button: 0 });
    expect(said()).toBe("Wird gehalten. Noch 3 Sekunden.");
    expect(button().dataset["stage"]).toBe("started");
    await wait(3000);
    expect([said(), held.mock.calls.length]).toEqual(["Gehalten.", 1]);
    vi.useRealTimers();
    await expectAccessible();
  });
});
