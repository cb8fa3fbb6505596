/** How far the news of a request came with one person, in words that claim nothing nobody saw. Pure. */
import type { ApprovalView } from "../api/types";
import { t } from "./texts";

export type ToldView = NonNullable<ApprovalView["told"]>[number];

const HINDRANCES = ["no_service", "service_gone", "do_not_disturb", "screen_locked", "quiet_hours", "preference", "snoozed"] as const;

function why(hindered: string): string {
  const known = HINDRANCES.find((name) => name === hindered);
  return t(known ?? "held");
}

/** A length of time in short, rounded down. */
export function span(micros: number): string {
  const secs = Math.max(0, Math.floor(micros / 1_000_000));
  if (secs < 120) return t("secs", { n: secs });
  return secs < 7200 ? t("mins", { n: Math.floor(secs / 60) }) : t("hours", { n: Math.floor(secs / 3600) });
}

/** `shown 40 s ago`, at the server's time `now` (microseconds). */
export function how({ stage, at, hindered, connected }: ToldView, now: number): string {
  const ago = span(now - (at ?? now));
  if (stage === "decided" || stage === "opened" || stage === "shown") return t(stage, { ago });
  if (hindered != null) return connected || stage == null ? why(hindered) : t("held_closed", { why: why(hindered) });
  if (stage === "accepted" || stage === "dispatched") return t(stage, { ago });
  return t(connected ? "open" : "closed");
}
