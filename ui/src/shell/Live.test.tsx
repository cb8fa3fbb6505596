import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { FakeTransport } from "../test/FakeTransport";
import { approval, NOW } from "../test/fixtures";
import { show } from "../test/screen";

const polite = () => screen.getByTestId("live-polite").textContent;
const urgent = () => screen.getByTestId("live-urgent").textContent;

async function away() {
  globalThis.location.hash = "#/settings/look";
  const transport = new FakeTransport(approval({ level: "critical" }));
  show(transport);
  await waitFor(() => expect(screen.getByTestId("count-critical").textContent).toContain("1"));
  return transport;
}

describe("what is said without asking", () => {
  it("is not what was there before", async () => {
    await away();
    expect([polite(), urgent()]).toEqual(["", ""]);
  });

  it("is what is new, in one sentence, without moving the focus", async () => {
    const transport = await away();
    const link = screen.getByTestId("go-settings");
    link.focus();
    act(() => {
      transport.push(approval({ level: "high" }));
      transport.push(approval());
    });
    await waitFor(() => expect(polite()).toMatch(/^\d new requests?(, 1 high)?$/));
    expect(urgent()).toBe("");
    expect(document.activeElement).toBe(link);
  });

  it("is a critical request at once", async () => {
    const transport = await away();
    act(() => transport.push(approval({ level: "critical" })));
    await waitFor(() => expect(urgent()).toBe("1 new critical request waits."));
    expect(polite()).toBe("");
  });

  it("is a decision that did not count, at once", async () => {
    const transport = await away();
    transport.items = [{ id: "v1", approvalId: "a", verdict: "approve", title: "x", state: "needs_you", code: "already_decided", message: "raw", madeAt: NOW }];
    act(() => transport.tell("outbox"));
    await waitFor(() => expect(urgent()).toContain("Somebody decided this before your vote arrived."));
  });
});
