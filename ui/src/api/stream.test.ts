import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeWebSocket } from "../test/FakeWebSocket";
import { openStream } from "./stream";

const hello = (head: number, epoch = "e1") => ({ frame: "hello", epoch, head, server_time: 7 });
const event = (seq: number, prev_seq: number | null) => ({ frame: "event", seq, prev_seq, kind: "vote_cast", subject: "a" });

function start() {
  const told: string[] = [];
  const stop = openStream(
    { url: "ws://x/stream", WebSocket: FakeWebSocket.constructorType(), random: () => 0 },
    {
      live: (resumed) => told.push(resumed ? "resumed" : "fresh"),
      event: ({ seq }) => told.push(`event ${seq}`),
      clock: () => undefined,
      reading: (reading) => told.push(`reading ${JSON.stringify(reading)}`),
      down: () => told.push("down"),
    },
  );
  return { told, stop };
}

describe("stream", () => {
  beforeEach(() => void vi.useFakeTimers());

  it("starts from now, then resumes at the last event it had", async () => {
    const { told, stop } = start();
    expect(FakeWebSocket.last.url).toBe("ws://x/stream");
    FakeWebSocket.last.send(hello(10));
    FakeWebSocket.last.send(event(10, 9));
    FakeWebSocket.last.close();
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeWebSocket.last.url).toBe("ws://x/stream?since=e1%3A10");
    FakeWebSocket.last.send(hello(12));
    FakeWebSocket.last.send(event(11, 10));
    expect(told).toEqual(["fresh", "event 10", "down", "resumed", "event 11"]);
    stop();
  });

  it("reconnects at the last good place when something visible is missing", async () => {
    const { told, stop } = start();
    FakeWebSocket.last.send(hello(10));
    FakeWebSocket.last.send(event(10, null));
    FakeWebSocket.last.send(event(13, 12));
    expect(told).toEqual(["fresh", "event 10", "down"]);
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeWebSocket.last.url).toContain("e1%3A10");
    stop();
  });

  it("takes no event twice", () => {
    const { told, stop } = start();
    FakeWebSocket.last.send(hello(10));
    FakeWebSocket.last.send(event(10, 9));
    FakeWebSocket.last.send(event(10, 9));
    expect(told).toEqual(["fresh", "event 10"]);
    stop();
  });

  it("gives up a cursor that the server refuses, and one that it resets", async () => {
    const { told, stop } = start();
    FakeWebSocket.last.send(hello(10));
    FakeWebSocket.last.close();
    await vi.advanceTimersByTimeAsync(500);
    FakeWebSocket.last.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeWebSocket.last.url).toBe("ws://x/stream");
    FakeWebSocket.last.send(hello(3, "e2"));
    FakeWebSocket.last.send({ frame: "reset", reason: "too old" });
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeWebSocket.last.url).toBe("ws://x/stream");
    expect(told).toEqual(["fresh", "down", "down", "fresh", "down"]);
    stop();
  });

  it("waits longer each time, and at once when the network is back", async () => {
    const { stop } = start();
    for (const delay of [500, 1_000, 2_000]) {
      const before = FakeWebSocket.all.length;
      FakeWebSocket.last.close();
      // Half of the delay is the least that the jitter leaves.
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(delay / 2 - 1);
      expect(FakeWebSocket.all).toHaveLength(before);
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeWebSocket.all).toHaveLength(before + 1);
    }
    FakeWebSocket.last.close();
    const before = FakeWebSocket.all.length;
    globalThis.dispatchEvent(new Event("online"));
    expect(FakeWebSocket.all).toHaveLength(before + 1);
    stop();
  });

  it("ends for good", async () => {
    const { stop } = start();
    const before = FakeWebSocket.all.length;
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.all).toHaveLength(before);
  });
});
