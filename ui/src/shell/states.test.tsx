/**
 * Every screen in the states that all of them share. What only one screen has (empty, conflict, its own fields) is tested
 * beside it; the requests themselves and what is open of them have tests of their own.
 */
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { FakeMachine } from "../test/FakeMachine";
import { FakeRecord } from "../test/FakeRecord";
import { FakeTransport } from "../test/FakeTransport";
import { consoleState } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";

const SCREENS = {
  record: "#/record",
  policy: "#/policy",
  proposals: "#/policy/proposals",
  insight: "#/insight",
  grants: "#/grants",
  delegations: "#/grants/delegations",
  devices: "#/settings/devices",
  guardrails: "#/policy/guardrails",
  risk: "#/policy/risk",
  approving: "#/policy/approving",
  suggestions: "#/policy/suggestions",
  schedules: "#/oncall",
  line: "#/oncall/line",
  handover: "#/oncall/handover",
  stops: "#/emergency",
  reviews: "#/emergency/reviews",
  envelopes: "#/emergency/envelopes",
};

function at(hash: string): FakeTransport {
  globalThis.location.hash = hash;
  const transport = new FakeTransport();
  transport.machine = new FakeMachine();
  transport.record = new FakeRecord();
  return transport;
}

const failing = (status: number, code: string) => ({ status, code, detail: `The server says ${code}.` });
const never = () => new Promise<never>(() => undefined);
const BANDS = { offline: { online: false }, stale: { stale: true } } as const;

describe.each(Object.entries(SCREENS))("%s", (_name, hash) => {
  it("says that it is loading", async () => {
    show(at(hash).on("GET", /./, never));
    expect((await screen.findAllByRole("progressbar")).length).toBeGreaterThan(0);
    await expectAccessible();
  });

  it("says what failed, and can be tried again", async () => {
    const transport = at(hash);
    transport.failure = failing(500, "internal");
    show(transport);
    expect((await screen.findAllByText("The server says internal.", { exact: false })).length).toBeGreaterThan(0);
    expect(screen.getAllByRole("button", { name: "Try again" }).length).toBeGreaterThan(0);
    await expectAccessible();
  });

  it("says who may see it to those who may not", async () => {
    const transport = at(hash);
    transport.failure = failing(403, "forbidden");
    show(transport);
    expect((await screen.findAllByTestId("no-permission")).length).toBeGreaterThan(0);
    await expectAccessible();
  });

  it.each(Object.entries(BANDS))("says that it is %s", async (name, state) => {
    const transport = at(hash);
    transport.console = consoleState(state);
    transport.failure = failing(503, "unavailable");
    show(transport);
    const bands = await screen.findAllByTestId("state-banner");
    expect(bands.map((band) => band.dataset["state"])).toContain(name);
    await expectAccessible();
  });

  it("shows nothing while the console is locked", async () => {
    const transport = at(hash);
    transport.console = consoleState({ mode: "locked", locked_code: "disk_full" });
    show(transport);
    expect((await screen.findByTestId("locked")).dataset["code"]).toBe("disk_full");
    expect(screen.queryByRole("navigation")).toBeNull();
    await expectAccessible();
  });
});

describe("the frame", () => {
  it("has one of each landmark, and a live region that is there from the start", async () => {
    show(at("#/settings/look"));
    await screen.findByRole("navigation", { name: "Screens" });
    expect(screen.getAllByRole("banner")).toHaveLength(1);
    expect(screen.getAllByRole("main")).toHaveLength(1);
    expect(screen.getAllByRole("contentinfo")).toHaveLength(1);
    expect(screen.getByTestId("live-polite").getAttribute("role")).toBe("status");
    expect(screen.getByTestId("live-urgent").getAttribute("aria-live")).toBe("assertive");
  });

  it("says that everything is read anew, after the server could not go on", async () => {
    const transport = at("#/settings/look");
    transport.console = consoleState({ online: false, bootstrapped: false });
    show(transport);
    const bands = await screen.findAllByTestId("state-banner");
    expect(bands.map((band) => band.dataset["state"])).toEqual(["bootstrap", "offline"]);
    await expectAccessible();
  });

  it("says that this machine's clock is wrong, and by how much", async () => {
    const transport = at("#/settings/look");
    transport.console = consoleState({ clock_offset_ms: -240_000 });
    show(transport);
    expect((await screen.findByTestId("state-banner")).textContent).toContain("Your clock is 4 min slow.");
    await expectAccessible();
  });
});
