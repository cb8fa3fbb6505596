/**
 * The web page's half of `GET /stream`: keeps one WebSocket, resumes at the last good cursor, notices gaps, and starts
 * over when the server says so. It knows nothing about approvals but passes them on.
 */
import type { ApprovalView } from "./types";

export interface StreamEvent {
  seq: number;
  prev_seq?: number | null;
  kind: string;
  subject: string;
  approval?: ApprovalView | null;
}

type Frame =
  | { frame: "hello"; epoch: string; head: number; server_time: number }
  | ({ frame: "event" } & StreamEvent)
  | { frame: "heartbeat"; head: number; server_time: number }
  | { frame: "presence"; reading: Record<string, string[]>; server_time: number }
  | { frame: "reset"; reason: string };

export interface StreamListener {
  /** Connected. `resumed` is false when anything may have been missed: load everything again. */
  live(resumed: boolean): void;
  event(event: StreamEvent): void;
  /** A frame with the server's clock, UTC microseconds. */
  clock(serverTime: number): void;
  /** Who reads which approval now, whole. */
  reading(reading: Record<string, string[]>): void;
  down(): void;
}

export interface StreamOptions {
  url: string;
  WebSocket: typeof WebSocket;
  /** Uniform in [0, 1). */
  random?: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/** Where the reader stands: `EPOCH:SEQ`. */
interface Cursor {
  epoch: string;
  seq: number;
}

/** Opens the stream and keeps it open until the returned function is called. */
export function openStream(options: StreamOptions, listener: StreamListener): () => void {
  const random = options.random ?? Math.random;
  let cursor: Cursor | null = null;
  let attempts = 0;
  let stopped = false;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connect = () => {
    if (stopped) return;
    const since = cursor && `?since=${encodeURIComponent(`${cursor.epoch}:${cursor.seq}`)}`;
    const current = new options.WebSocket(options.url + (since ?? ""));
    let greeted = false;
    socket = current;
    current.addEventListener("message", ({ data }) => {
      if (socket === current && typeof data === "string") {
        const frame = parse(data);
        if (frame?.frame === "hello") greeted = true;
        if (frame) take(frame);
      }
    });
    current.addEventListener("close", () => {
      if (socket !== current || stopped) return;
      // A refused cursor (410) looks like any other refused upgrade, so a cursor that did not open is given up.
      if (!greeted) cursor = null;
      listener.down();
      retry();
    });
  };

  const take = (frame: Frame) => {
    switch (frame.frame) {
      case "hello": {
        const resumed = cursor !== null && cursor.epoch === frame.epoch;
        cursor = resumed ? cursor : { epoch: frame.epoch, seq: frame.head - 1 };
        attempts = 0;
        listener.clock(frame.server_time);
        listener.live(resumed);
        break;
      }
      case "event": {
        if (!cursor) break;
        if (frame.seq <= cursor.seq) break;
        if (frame.prev_seq != null && frame.prev_seq > cursor.seq) {
          // Something visible lies between: read again from the last good place.
          socket?.close();
          break;
        }
        cursor = { ...cursor, seq: frame.seq };
        listener.event(frame);
        break;
      }
      case "heartbeat":
        listener.clock(frame.server_time);
        break;
      case "presence":
        listener.clock(frame.server_time);
        listener.reading(frame.reading);
        break;
      case "reset":
        cursor = null;
        socket?.close();
        break;
    }
  };

  const retry = () => {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempts);
    attempts += 1;
    clearTimeout(timer);
    timer = setTimeout(connect, ceiling * (0.5 + random() / 2));
  };

  const hurry = () => {
    if (stopped || socket?.readyState === options.WebSocket.OPEN) return;
    attempts = 0;
    clearTimeout(timer);
    const old = socket;
    socket = null;
    old?.close();
    connect();
  };

  globalThis.addEventListener("online", hurry);
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    globalThis.removeEventListener("online", hurry);
    socket?.close();
  };
}

function parse(text: string): Frame | null {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    return null;
  }
}
