import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { prefer } from "../state/preferences";
import { FakeTransport } from "../test/FakeTransport";
import { approval, consoleState } from "../test/fixtures";
import { show } from "../test/screen";
import { bands } from "./Banners";
import { Help } from "./Help";
import { Palette } from "./Palette";

describe("the frame", () => {
  it("says what contradicts in a whole sentence, in the language of the page", () => {
    const broken = consoleState({ integrity: { ok: false, size: 40, checked_at: 0, message: "the ledger went back from size 10 to 5" } });
    expect(bands(broken, false)[0]?.text).toBe("The ledger went back from size 10 to 5. Approving is off. Tell your administrator.");
    prefer({ language: "de" });
    expect(bands(broken, false)[0]?.text).toBe("Das Protokoll ging von 10 auf 5 Einträge zurück. Zustimmen ist gesperrt. Gib der Verwaltung Bescheid.");
  });

  it.each([
    ["keys", Help],
    ["commands", Palette],
  ])("keeps the %s open when somebody clicks beside them", (_, Over) => {
    const close = vi.fn<() => void>();
    render(<Over open onClose={close} />);
    const beside = document.querySelector(".MuiDialog-container") as HTMLElement;
    fireEvent.mouseDown(beside);
    fireEvent.click(beside);
    expect(close).not.toHaveBeenCalled();
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    expect(close).toHaveBeenCalledOnce();
  });

  it("counts what waits only where it was read", async () => {
    globalThis.location.hash = "#/settings/look";
    const known = show(new FakeTransport(approval({ level: "high" })));
    expect((await screen.findByTestId("count-high")).textContent).toContain("1");
    known.unmount();
    const transport = new FakeTransport();
    transport.failure = { status: 503, code: "unavailable", detail: "Away." };
    show(transport);
    expect(await screen.findByText("alice")).toBeDefined();
    expect(screen.queryByTestId("count-high")).toBeNull();
  });
});
