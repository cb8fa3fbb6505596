/** Bands below the header: offline, not live, a wrong clock, a record that does not verify, an unconfirmed device. */
import { useState } from "react";
import type { ConsoleState } from "../api/types";
import { clockTime, warnsAboutClock } from "../state/clock";
import styles from "./shell.module.css";

interface Band {
  name: string;
  tone: "calm" | "warn" | "bad";
  head: string;
  text: string;
}

/** The bands for a state, gravest first. */
export function bands(state: ConsoleState, clockWarning: boolean): Band[] {
  const out: Band[] = [];
  if (state.integrity && !state.integrity.ok) {
    const why = state.integrity.message ?? "The server’s record contradicts what this console saw before.";
    out.push({ name: "integrity", tone: "bad", head: "The record does not verify.", text: `${why} Approving is off. Tell your administrator.` });
  }
  if (state.witnessed?.late) {
    const { cosignatures, required } = state.witnessed;
    out.push({
      name: "witnesses",
      tone: "warn",
      head: "Too few witnesses.",
      text: `For more than ten minutes only ${cosignatures} of the ${required} witnesses your organisation wants have confirmed the record. Approving goes on.`,
    });
  }
  if (state.witnessed?.vanished.length) {
    out.push({
      name: "vanished",
      tone: "warn",
      head: "A witness vanished.",
      text: `The server no longer lists ${state.witnessed.vanished.join(", ")}, which no honest server does. Tell your administrator.`,
    });
  }
  if (state.device && !state.device.confirmed_at) {
    out.push({ name: "unconfirmed", tone: "warn", head: "This device is not confirmed.", text: "It shows everything and decides nothing until you confirm it on your first device." });
  }
  if (!state.online) {
    const at = state.last_sync_at ? clockTime(state.last_sync_at) : null;
    out.push({
      name: "offline",
      tone: "calm",
      head: at ? `Offline since ${at}.` : "Offline.",
      text: at ? `Showing what was known at ${at}.` : "Nothing has been read from the server yet.",
    });
  } else if (state.stale) {
    out.push({ name: "stale", tone: "warn", head: "Not live.", text: "Connected, but nothing was heard for 30 s. High and critical wait for a fresh read." });
  }
  if (clockWarning) {
    const minutes = Math.abs(state.clock_offset_ms) / 60_000;
    const amount = minutes >= 1 ? `${Math.round(minutes)} min` : `${Math.round(minutes * 60)} s`;
    out.push({ name: "clock", tone: "warn", head: `Your clock is ${amount} ${state.clock_offset_ms > 0 ? "fast" : "slow"}.`, text: "Times shown are the server’s." });
  }
  return out;
}

export function Banners({ state }: { state: ConsoleState }) {
  const [warning, setWarning] = useState(false);
  const warns = warnsAboutClock(state.clock_offset_ms, warning);
  if (warns !== warning) setWarning(warns);
  return (
    <div className={styles.banners}>
      {bands(state, warns).map(({ name, tone, head, text }) => (
        <div key={name} className={styles.banner} data-tone={tone} data-testid="state-banner" data-state={name}>
          <b>{head}</b> <span>{text}</span>
        </div>
      ))}
    </div>
  );
}
