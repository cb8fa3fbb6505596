import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { FakeTransport } from "../test/FakeTransport";
import { consoleState, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";

const stop = (scope: string, name?: string) => ({ id: `f-${name ?? scope}`, scope, ...(name === undefined ? {} : { name }), reason: "odd", by: "bob", at: NOW, stop_requests: [] });

function at(freezes: unknown[], kind: "desktop" | "web" = "desktop"): FakeTransport {
  globalThis.location.hash = "#/settings/look";
  const transport = new FakeTransport().on("GET", /\/freeze$/, () => freezes);
  transport.kind = kind;
  return transport;
}

const bar = async () => within(await screen.findByRole("contentinfo", { name: "Status" }));

describe("the status bar", () => {
  it.each(["desktop", "web"] as const)("names what is stopped, and leads to it (%s)", async (kind) => {
    show(at([stop("agent", "nova"), stop("repo", "shop")], kind));
    const link = await (await bar()).findByRole("link", { name: "Stopped: Agent nova, Repository shop" });
    expect(link.getAttribute("href")).toBe("#/emergency");
    await expectAccessible();
  });

  it("counts what it has no room to name, and says when everything is stopped", async () => {
    const { unmount } = show(at([stop("agent", "a"), stop("agent", "b"), stop("agent", "c")]));
    expect(await (await bar()).findByText("Stopped: Agent a, Agent b and 1 more")).toBeDefined();
    unmount();
    show(at([stop("agent", "a"), stop("everything")]));
    expect(await (await bar()).findByText("Everything is stopped")).toBeDefined();
  });

  it("says nothing of stops and clocks while there is nothing to say", async () => {
    show(at([]));
    const found = await bar();
    expect(await found.findByTestId("status-version")).toBeDefined();
    expect(found.queryByTestId("status-paused")).toBeNull();
    expect(found.queryByTestId("status-clock")).toBeNull();
  });

  it("says how wrong the clock is, what waits unsent, and reads a lost connection out", async () => {
    const transport = at([]);
    transport.console = consoleState({ online: false, unsent: 2, clock_offset_ms: 240_000 });
    show(transport);
    const found = await bar();
    expect((await found.findByTestId("status-clock")).textContent).toBe("Your clock is 4 min fast.");
    expect(found.getByTestId("status-unsent").textContent).toBe("2 unsent");
    expect(found.getByRole("status").textContent).toBe("Offline");
    await expectAccessible();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    show(at([stop("agent", "nova")]));
    const found = within(await screen.findByRole("contentinfo", { name: "Stand" }));
    expect(await found.findByText("Angehalten: Agent nova")).toBeDefined();
  });
});
