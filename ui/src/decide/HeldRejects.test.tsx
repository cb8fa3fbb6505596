import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import type { HeldReject } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";

const ONE: HeldReject = { approvalId: "a1", title: "Run: rm \u202Ex", dueAt: NOW + 8_000_000 };

/** A console that holds rejections back, and what it was told to undo. */
function held(rows: HeldReject[], refuse?: ApiError) {
  const transport = new FakeTransport(approval({ id: "a1", level: "medium", title: "Run: rm \u202Ex" }));
  const undone: string[] = [];
  let kept = rows;
  transport.held = {
    list: () => Promise.resolve(kept),
    undo: (id) => {
      undone.push(id);
      kept = kept.filter((row) => row.approvalId !== id);
      return refuse ? Promise.reject(refuse) : Promise.resolve();
    },
  };
  return { transport, undone, hold: (next: HeldReject[]) => (kept = next) };
}

describe("rejections held back by the console", () => {
  it("are said above the queue with their time, and one press takes them back", async () => {
    const user = userEvent.setup();
    const { transport, undone } = held([ONE]);
    show(transport);
    const strip = within(await screen.findByTestId("held-reject"));
    expect(strip.getByRole("status").textContent).toContain("Rejected from a notification, not signed yet: Run: rm <U+202E>x");
    expect(strip.getByText(/goes out in [5-8] s/)).toBeDefined();
    await expectAccessible();
    await user.click(strip.getByTestId("undo-reject"));
    await waitFor(() => expect(screen.queryByTestId("held-reject")).toBeNull());
    expect(undone).toEqual(["a1"]);
  });

  it("come with the outbox's news, and stand once beside the open request", async () => {
    const { transport, hold } = held([]);
    location.hash = "#/approvals/a1";
    show(transport);
    await screen.findByTestId("detail");
    expect(screen.queryByTestId("held-reject")).toBeNull();
    hold([ONE]);
    act(() => transport.tell("outbox"));
    const strips = await screen.findAllByTestId("held-reject");
    expect(strips).toHaveLength(1);
    expect(strips[0]?.textContent).toContain("Rejected from a notification, not signed yet. When the time is over");
    expect(screen.getByTestId("detail").contains(strips[0] ?? null)).toBe(true);
  });

  it("say so when it is too late", async () => {
    const user = userEvent.setup();
    const { transport } = held([ONE], new ApiError("already_sent", "too late"));
    show(transport);
    await user.click(await screen.findByTestId("undo-reject"));
    expect((await screen.findByTestId("undo-failed")).textContent).toContain("cannot be taken back");
  });

  it("speak German", async () => {
    prefer({ language: "de" });
    show(held([ONE]).transport);
    expect((await screen.findByTestId("held-reject")).textContent).toContain("Aus einer Mitteilung abgelehnt, noch nicht signiert");
  });
});
