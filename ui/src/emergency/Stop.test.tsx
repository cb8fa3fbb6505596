import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { FreezeView } from "../api/types";
import { prefer } from "../state/preferences";
import { FakeStops, stopOrder } from "../test/FakeStops";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { approval, consoleState, material, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import { covers, inOrder, overlapping, type StopView } from "./freeze";

const SECOND = 1_000_000;

function stop(more: Partial<StopView> = {}): StopView {
  return { execution_id: "run-1", user: "dana", agent: "nova", action_type: "command_run", title: "Run: npm test", requested_at: NOW - 5 * SECOND, status: "started", ...more };
}

function freeze(more: Partial<FreezeView> = {}): FreezeView {
  return { id: "f-1", scope: "everything", reason: "odd requests", by: "bob", at: NOW - 60 * SECOND, stops: [], server_time: NOW, ...more };
}

/** A server whose freezes are these, and which takes new ones and lifts. */
function served(freezes: FreezeView[], ...approvals: ReturnType<typeof approval>[]) {
  const transport = new FakeTransport(...approvals);
  let all = freezes;
  const sent: unknown[] = [];
  const lifted: string[] = [];
  transport
    .on("GET", /\/freeze$/, () => all)
    .on("PUT", /\/freeze$/, ({ body }) => {
      sent.push(body);
      all = [...all, freeze({ id: "f-new", ...(body as Partial<FreezeView>) })];
      return all.at(-1);
    })
    .on("DELETE", /\/freeze\//, ({ pathname }) => {
      const id = pathname.split("/").at(-1) ?? "";
      lifted.push(id);
      const ended = all.find((f) => f.id === id);
      all = all.filter((f) => f.id !== id);
      return ended;
    });
  return { transport, sent, lifted, set: (next: FreezeView[]) => (all = next) };
}

beforeEach(() => {
  globalThis.location.hash = "#/emergency";
});

describe("the stop switch", () => {
  it("says that nothing is stopped, and stops everything after one confirmation", async () => {
    const user = userEvent.setup();
    const { transport, sent } = served([]);
    show(transport);
    await screen.findByTestId("nothing-stopped");
    await expectAccessible();
    await user.click(screen.getByTestId("stop-everything"));
    await screen.findByRole("dialog");
    await expectAccessible();
    await user.keyboard("odd requests{Enter}");
    await screen.findByText("Stopped. It is in the record.");
    expect(sent).toEqual([{ scope: "everything", reason: "odd requests" }]);
    expect(await screen.findByTestId("freeze")).toBeDefined();
    expect(within(screen.getByTestId("state-banner")).getByText("Everything is stopped")).toBeDefined();
  });

  it("names an agent or a repository, offering those that requests name, and needs no reason", async () => {
    const user = userEvent.setup();
    const { transport, sent } = served([], approval({ agent: "nova", material: material({ repo: "shop" }) }));
    show(transport);
    await user.click(await screen.findByTestId("stop-agent"));
    expect(screen.getByTestId<HTMLButtonElement>("confirm-stop").disabled).toBe(true);
    await user.click(screen.getByTestId("stop-name"));
    await user.click(await screen.findByRole("option", { name: "nova" }));
    await user.click(screen.getByTestId("confirm-stop"));
    await waitFor(() => expect(sent).toHaveLength(1));
    await user.click(screen.getByTestId("stop-repo"));
    await user.type(screen.getByTestId("stop-name"), "shop");
    await user.click(screen.getByTestId("confirm-stop"));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent).toEqual([
      { scope: "agent", name: "nova", reason: "No reason was given." },
      { scope: "repo", name: "shop", reason: "No reason was given." },
    ]);
  });

  it("shows asked and confirmed apart, and hears of each confirmation", async () => {
    const { transport, set } = served([freeze({ stops: [stop(), stop({ execution_id: "run-2", title: "Run: make", agent: null })] })]);
    show(transport);
    await screen.findByText("2 asked to stop");
    expect(screen.getByText("0 confirmed")).toBeDefined();
    expect(screen.getByText(/2 gates have not confirmed yet/)).toBeDefined();
    expect(screen.getByText("the gate of dana")).toBeDefined();
    await expectAccessible();
    set([
      freeze({
        stops: [
          stop({ confirmed_at: NOW - 4_600_000, status: "failed", signal: "TERM" }),
          stop({ execution_id: "run-2", confirmed_at: NOW, status: "failed", signal: "KILL" }),
        ],
      }),
    ]);
    transport.tell("emergency");
    await screen.findByText("2 confirmed");
    expect(screen.getByText("confirmed after 0.4 s, ended by SIGTERM")).toBeDefined();
    expect(screen.getByText("confirmed after 5.0 s, ended by SIGKILL")).toBeDefined();
    expect(screen.getByText(/Every gate confirmed/)).toBeDefined();
    await expectAccessible();
  });

  it("writes seconds as the language does", async () => {
    prefer({ language: "de" });
    show(served([freeze({ stops: [stop({ confirmed_at: NOW - 4_600_000, status: "failed", signal: "TERM" })] })]).transport);
    expect(await screen.findByText("bestätigt nach 0,4 s, beendet durch SIGTERM")).toBeDefined();
  });

  it("counts the requests that stand still under it", async () => {
    const still = approval({ paused_since: NOW, agent: "nova" });
    show(served([freeze({ scope: "agent", name: "nova" })], still, approval({ agent: "rex" })).transport);
    expect(await screen.findByText("1 request stands still.")).toBeDefined();
  });

  it("lifts after asking, says what stays stopped, and never with Enter alone", async () => {
    const user = userEvent.setup();
    const { transport, lifted } = served([freeze(), freeze({ id: "f-2", scope: "repo", name: "shop", by: "carol" })]);
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Lift: Everything" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText(/Something stays stopped/)).toBeDefined();
    expect(dialog.getByText(/Repository shop/)).toBeDefined();
    expect(document.activeElement?.textContent).toBe("Cancel");
    await expectAccessible();
    await user.click(dialog.getByTestId("confirm"));
    await screen.findByText("Lifted. Time runs again.");
    expect(lifted).toEqual(["f-1"]);
    expect(await screen.findByText("Repository shop is stopped")).toBeDefined();
  });

  it("says why the server refused", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport()
      .on("GET", /\/freeze$/, () => [])
      .on("PUT", /\/freeze$/, () => {
        throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
      });
    show(transport);
    await user.click(await screen.findByTestId("stop-everything"));
    await user.click(screen.getByTestId("confirm-stop"));
    await screen.findByText("Your role may not do this.");
    expect(screen.getByRole("dialog")).toBeDefined();
  });

  it("is not offered to who may not stop, and says who may", async () => {
    const { transport } = served([freeze()]);
    transport.console = consoleState({ role: "auditor" });
    show(transport);
    await screen.findByTestId("freeze");
    expect(screen.getByTestId("no-permission")).toBeDefined();
    expect(screen.queryByTestId("stop-everything")).toBeNull();
    expect(screen.queryByRole("button", { name: /^Lift/ })).toBeNull();
    await expectAccessible();
  });

  it("says that it cannot be read, and reads again", async () => {
    const user = userEvent.setup();
    const transport = new FakeTransport().on("GET", /\/freeze$/, () => {
      throw new FakeProblem({ status: 503, code: "unavailable", detail: "down" });
    });
    show(transport);
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    transport.on("GET", /\/freeze$/, () => []);
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("nothing-stopped")).toBeDefined();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    show(served([freeze({ stops: [stop()] })]).transport);
    await screen.findByText("1 aufgefordert");
    expect(await screen.findByText("Alles: angehalten")).toBeDefined();
    await expectAccessible();
  });
});

describe("a stop without a connection", () => {
  const offline = (orders: FakeStops) => {
    const { transport } = served([]);
    transport.console = consoleState({ online: false });
    transport.stops = orders;
    return transport;
  };

  it("is queued on the desktop, and never said to be in effect", async () => {
    const user = userEvent.setup();
    const stops = new FakeStops([], (wish) => ({ state: "queued", order: stopOrder({ ...wish }) }));
    const transport = offline(stops);
    show(transport);
    await screen.findByText("Nothing was stopped when this was last read.");
    await user.click(screen.getByTestId("stop-everything"));
    await screen.findByText(/nothing is stopped yet/);
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Queue the stop" }));
    await screen.findByText(/Queued, not in effect/);
    expect(screen.getByTestId("stop-order").dataset["state"]).toBe("unsent");
    expect(screen.queryByTestId("freeze")).toBeNull();
    transport.console = consoleState({ online: false, unsent_stops: 1 });
    transport.tell("state");
    await screen.findByText("1 stop waits here.");
    await expectAccessible();
  });

  it("can be taken back while it is unsent", async () => {
    const user = userEvent.setup();
    const stops = new FakeStops([stopOrder()]);
    show(offline(stops));
    await user.click(await screen.findByRole("button", { name: "Take back: Everything" }));
    await screen.findByText("Taken back. It was never sent.");
    expect(stops.withdrawn).toEqual(["order-1"]);
    await waitFor(() => expect(screen.queryByTestId("stop-order")).toBeNull());
  });

  it("tells why it had no effect until the person has seen it", async () => {
    const user = userEvent.setup();
    const stops = new FakeStops([stopOrder({ state: "needs_you", code: "forbidden", message: "no" })]);
    show(offline(stops));
    await screen.findByText("It had no effect: Your role may not do this.");
    await user.click(screen.getByRole("button", { name: "Understood" }));
    await waitFor(() => expect(stops.dismissed).toEqual(["order-1"]));
  });

  it("is not possible on the web, which says where it is", async () => {
    const user = userEvent.setup();
    const { transport } = served([freeze()]);
    transport.kind = "web";
    transport.console = consoleState({ online: false });
    show(transport);
    await user.click(await screen.findByTestId("stop-everything"));
    await screen.findByText(/this page cannot stop anything/);
    expect(screen.getByTestId<HTMLButtonElement>("confirm-stop").disabled).toBe(true);
  });

  it("lifts nothing", async () => {
    const { transport } = served([freeze()]);
    transport.console = consoleState({ online: false });
    show(transport);
    expect((await screen.findByRole<HTMLButtonElement>("button", { name: "Lift: Everything" })).disabled).toBe(true);
    expect(screen.getByText(/Lifting needs a connection/)).toBeDefined();
  });
});

describe("what a freeze covers", () => {
  it("reaches what it names", () => {
    const of = (scope: string, name?: string) => freeze({ scope, name });
    expect(covers(of("everything"), null, null)).toBe(true);
    expect(covers(of("agent", "nova"), "nova", null)).toBe(true);
    expect(covers(of("agent", "nova"), null, "nova")).toBe(false);
    expect(covers(of("repo", "shop"), "nova", "shop")).toBe(true);
    expect(overlapping(of("repo", "shop"), [of("repo", "shop")])).toEqual([]);
    const wide = freeze({ id: "f-2" });
    expect(overlapping(of("repo", "shop"), [wide])).toEqual([wide]);
    const other = freeze({ id: "f-3", scope: "agent", name: "nova" });
    expect(overlapping(of("repo", "shop"), [other])).toEqual([]);
  });

  it("puts what nobody confirmed first", () => {
    const runs = [stop({ execution_id: "a", confirmed_at: NOW }), stop({ execution_id: "b" }), stop({ execution_id: "c", requested_at: NOW - 9 * SECOND })];
    expect(inOrder(runs).map((run) => run.execution_id)).toEqual(["c", "b", "a"]);
  });
});
