/**
 * The server's time on this side: the last reading plus the monotonic clock. The wall clock of this machine decides
 * nothing; it is only compared, to say when it is wrong.
 */

/** A reading that differs by less than this does not move the clock, so that countdowns do not jump. */
const TOLERANCE_MS = 1_500;
const WARN_ABOVE_MS = 30_000;
const CALM_BELOW_MS = 20_000;

export class ServerClock {
  readonly #monotonic: () => number;
  #base: { server: number; at: number } | null = null;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** Takes a reading of the server's time, UTC microseconds. */
  read(serverTime: number): void {
    const server = serverTime / 1000;
    const at = this.#monotonic();
    if (this.#base && Math.abs(server - this.now()) < TOLERANCE_MS) return;
    this.#base = { server, at };
  }

  /** Server time in milliseconds. Before the first reading: this machine's clock. */
  now(): number {
    if (!this.#base) return Date.now();
    return this.#base.server + (this.#monotonic() - this.#base.at);
  }
}

/** Whether to warn about this machine's clock; once warning, it stays until the clock is clearly right again. */
export function warnsAboutClock(offsetMs: number, warning: boolean): boolean {
  return Math.abs(offsetMs) > (warning ? CALM_BELOW_MS : WARN_ABOVE_MS);
}

/** Time left in words: `2 h 05 min`, `14 min`, `9:05`, `0:42`; `time is up` at the end. */
export function timeLeft(ms: number): string {
  if (ms <= 0) return "time is up";
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  if (minutes >= 10) return `${minutes} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Milliseconds left of a request at `now` of the server's clock. Under a freeze nothing passes. */
export function leftOf(view: { expires_at: number; paused_since?: number | null }, now: number): number {
  const at = view.paused_since == null ? now : Math.min(now, view.paused_since / 1000);
  return view.expires_at / 1000 - at;
}

/** How pressing a deadline is, by the time left in milliseconds. */
export function urgency(ms: number): "calm" | "soon" | "now" {
  if (ms <= 60_000) return "now";
  return ms <= 300_000 ? "soon" : "calm";
}

/** An instant (UTC microseconds) as a local time of day. */
export function clockTime(at: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(at / 1000);
}

/** An instant (UTC microseconds) in full. */
export function fullTime(at: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(at / 1000);
}

/** Age in words of a span in milliseconds: `just now`, `3 min ago`, `2 h ago`. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}
