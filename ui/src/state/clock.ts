/**
 * The server's time on this side: the last reading plus the monotonic clock. The wall clock of this machine decides
 * nothing; it is only compared, to say when it is wrong.
 */

import { language, words } from "../words/words";

const t = words("clock", {
  en: { up: "time is up", hours: "{{hours}} h {{minutes}} min", minutes: "{{minutes}} min", now: "just now", minutes_ago: "{{minutes}} min ago", hours_ago: "{{hours}} h ago", days_ago: "{{days}} d ago" },
  de: { up: "Zeit abgelaufen", hours: "{{hours}} Std. {{minutes}} Min.", minutes: "{{minutes}} Min.", now: "gerade eben", minutes_ago: "vor {{minutes}} Min.", hours_ago: "vor {{hours}} Std.", days_ago: "vor {{days}} T." },
});

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
  if (ms <= 0) return t("up");
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return t("hours", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
  if (minutes >= 10) return t("minutes", { minutes });
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

/** How this machine writes dates, unless another language was chosen. */
function locale(): string | undefined {
  const chosen = language();
  return globalThis.navigator.language.startsWith(chosen) ? undefined : chosen;
}

/** An instant (UTC microseconds) as a local time of day. */
export function clockTime(at: number): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(at / 1000);
}

/** The day of an instant (UTC microseconds): `Monday, 7 December`. */
export function dayOf(at: number): string {
  return new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long" }).format(at / 1000);
}

/** An instant (UTC microseconds) in full. */
export function fullTime(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(at / 1000);
}

/** The day of an instant (UTC microseconds), in full. */
export function dayWords(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full" }).format(at / 1000);
}

/** Age in words of a span in milliseconds: `just now`, `3 min ago`, `2 h ago`. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("now");
  if (minutes < 60) return t("minutes_ago", { minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t("hours_ago", { hours }) : t("days_ago", { days: Math.floor(hours / 24) });
}
