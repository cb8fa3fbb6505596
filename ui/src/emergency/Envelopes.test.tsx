import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import type { EnvelopeView } from "../api/types";
import { prefer } from "../state/preferences";
import { FakeTransport } from "../test/FakeTransport";
import { consoleState, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import { statusOf } from "./Envelopes";

const HOUR = 3_600_000_000;

function envelope(more: Partial<EnvelopeView> = {}): EnvelopeView {
  return {
    id: "env-1", envelope: "e30=", signature: "00", gate_id: "g-1", gate_name: "build-3", scope: "repo", name: "shop", minutes: 15, not_after: NOW + 24 * HOUR,
    holder: "alice", device_id: "dev-1", issued_by: "alice", issued_at: NOW - HOUR, status: "sealed", server_time: NOW, ...more,
  };
}

function served(envelopes: EnvelopeView[]) {
  const transport = new FakeTransport();
  transport.console = consoleState({ role: "oncall" });
  const asked: unknown[] = [];
  transport.glass = {
    challenged: (challenge) => (challenge.startsWith("OK") ? Promise.resolve(envelope()) : Promise.reject(new ApiError("challenge_slip", "no"))),
    answer: (form) => {
      asked.push(form);
      return Promise.resolve({ answer: "deadbeef", envelope: envelope() });
    },
  };
  transport
    .on("GET", /\/envelopes$/, () => envelopes)
    .on("GET", /\/gates$/, () => [{ id: "g-1", name: "build-3", user: "dana", agent: "nova", enrolled_at: NOW, records: 0, suspected: false }])
    .on("POST", /\/envelopes$/, ({ body }) => {
      asked.push(body);
      return envelope();
    })
    .on("DELETE", /\/envelopes\//, ({ pathname }) => {
      asked.push(pathname);
      return envelope({ status: "revoked" });
    });
  return { transport, asked };
}

beforeEach(() => {
  globalThis.location.hash = "#/emergency/envelopes";
});

describe("sealed envelopes", () => {
  it("are listed with gate, scope and what they are still worth, one's own first", async () => {
    show(served([envelope({ id: "env-2", holder: "carol", status: "opened" }), envelope(), envelope({ id: "env-3", not_after: NOW - 1, device_id: "other" })]).transport);
    const rows = await screen.findAllByTestId("envelope");
    expect(rows.map((row) => row.dataset["status"])).toEqual(["sealed", "expired", "opened"]);
    expect(within(rows[0] as HTMLElement).getByText("gate build-3")).toBeDefined();
    expect(within(rows[1] as HTMLElement).getByText("for another device of yours")).toBeDefined();
    expect(within(rows[2] as HTMLElement).getByText("held by carol")).toBeDefined();
    await expectAccessible();
  });

  it("are taken ahead of time, for a gate and a scope, and taken back", async () => {
    const user = userEvent.setup({ delay: null });
    const { transport, asked } = served([envelope()]);
    show(transport);
    await user.click(await screen.findByTestId("take-envelope"));
    await user.click(await screen.findByTestId("envelope-gate"));
    await user.click(await screen.findByRole("option", { name: "build-3 (nova)" }));
    await user.type(screen.getByTestId("envelope-name"), "shop");
    await expectAccessible();
    await user.click(screen.getByTestId("confirm-take-envelope"));
    await screen.findByText("You hold it. It is in the record.");
    await user.click(screen.getByRole("button", { name: "Take back: Repository shop" }));
    await screen.findByText(/Gates hear of it/);
    expect(asked).toEqual([{ gate_id: "g-1", holder: "alice", scope: "repo", name: "shop", minutes: 15, hours: 24 }, "/api/governance/envelopes/env-1"]);
  });

  it("are opened without a connection: challenge in, answer out, nothing signed before the reason", async () => {
    const user = userEvent.setup({ delay: null });
    const { transport, asked } = served([envelope()]);
    transport.console = consoleState({ role: "oncall", online: false });
    show(transport);
    await user.click(await screen.findByTestId("open-envelope"));
    await user.type(screen.getByTestId("challenge"), "XX{Enter}");
    await screen.findByText(/no challenge of a gate/);
    await user.clear(screen.getByTestId("challenge"));
    await user.type(screen.getByTestId("challenge"), "OK-1234{Enter}");
    await screen.findByTestId("challenged-envelope");
    expect(screen.getByTestId<HTMLButtonElement>("envelope-next").disabled).toBe(true);
    await user.type(screen.getByTestId("envelope-incident"), "INC-7");
    await user.type(screen.getByTestId("envelope-reason"), "The server is down and the shop too");
    await user.type(screen.getByTestId("envelope-passphrase"), "a long passphrase");
    await expectAccessible();
    expect(asked).toEqual([]);
    await user.click(screen.getByTestId("envelope-next"));
    expect((await screen.findByTestId("envelope-answer")).textContent).toBe("deadbeef");
    expect(asked).toEqual([{ challenge: "OK-1234", incident: "INC-7", reason: "The server is down and the shop too", passphrase: "a long passphrase" }]);
    await expectAccessible();
  });

  it("are not taken or opened by who may not, and not opened in a browser", async () => {
    const { transport } = served([]);
    transport.console = consoleState();
    const page = show(transport);
    await screen.findByText("Only people on call take envelopes.");
    expect(screen.queryByTestId("open-envelope")).toBeNull();
    page.unmount();
    transport.console = consoleState({ role: "oncall" });
    delete transport.glass;
    show(transport);
    await screen.findByText(/A browser has no step-up key/);
    expect(screen.queryByTestId("open-envelope")).toBeNull();
    await expectAccessible();
  });

  it("speak German", async () => {
    prefer({ language: "de" });
    show(served([envelope()]).transport);
    expect(await screen.findByText("Versiegelt")).toBeDefined();
    await expectAccessible();
  });

  it("run out by themselves", () => {
    expect(statusOf(envelope(), NOW / 1000)).toBe("sealed");
    expect(statusOf(envelope(), NOW / 1000 + 25 * 3_600_000)).toBe("expired");
    expect(statusOf(envelope({ status: "opened" }), NOW / 1000 + 25 * 3_600_000)).toBe("opened");
  });
});
