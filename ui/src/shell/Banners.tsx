/** Bands below the header: offline, not live, a wrong clock, a record that does not verify, an unconfirmed device. */
import { useState } from "react";
import type { ConsoleState } from "../api/types";
import { sentenceWords } from "../record/found.de";
import { clockTime, warnsAboutClock } from "../state/clock";
import { t } from "./bands.texts";
import { clockWords } from "./clockWords";
import styles from "./shell.module.css";

interface Band {
  name: string;
  tone: "calm" | "warn" | "bad";
  head: string;
  text: string;
}

/** The console says faults without capital and full stop. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/** The bands for a state, gravest first. */
export function bands(state: ConsoleState, clockWarning: boolean): Band[] {
  return [...ofTheRecord(state), ...ofThisDevice(state), ...ofTheConnection(state), ...(clockWarning ? [ofTheClock(state.clock_offset_ms)] : [])];
}

function ofTheRecord({ integrity, witnessed }: ConsoleState): Band[] {
  const out: Band[] = [];
  if (integrity && !integrity.ok) {
    const why = integrity.message ? sentence(sentenceWords(integrity.message)) : t("integrity_why");
    out.push({ name: "integrity", tone: "bad", head: t("integrity"), text: `${why} ${t("integrity_next")}` });
  }
  if (witnessed?.late) {
    const { cosignatures, required } = witnessed;
    out.push({ name: "witnesses", tone: "warn", head: t("witnesses"), text: t("witnesses_text", { cosignatures, required }) });
  }
  if (witnessed?.vanished.length) {
    out.push({ name: "vanished", tone: "warn", head: t("vanished"), text: t("vanished_text", { names: witnessed.vanished.join(", ") }) });
  }
  return out;
}

function ofThisDevice({ device }: ConsoleState): Band[] {
  if (!device || device.confirmed_at) return [];
  return [{ name: "unconfirmed", tone: "warn", head: t("unconfirmed"), text: t("unconfirmed_text", { name: device.name }) }];
}

function ofTheConnection({ online, stale, bootstrapped, last_sync_at: seenAt }: ConsoleState): Band[] {
  const anew: Band = { name: "bootstrap", tone: "calm", head: t("bootstrap"), text: t("bootstrap_text") };
  const out = bootstrapped === false && seenAt != null ? [anew] : [];
  if (!online) {
    const at = seenAt == null ? null : clockTime(seenAt);
    const head = at === null ? t("offline") : t("offline_since", { at });
    out.push({ name: "offline", tone: "calm", head, text: at === null ? t("offline_never") : t("offline_known", { at }) });
  } else if (stale) {
    out.push({ name: "stale", tone: "warn", head: t("stale"), text: t("stale_text") });
  }
  return out;
}

function ofTheClock(offsetMs: number): Band {
  return { name: "clock", tone: "warn", head: clockWords(offsetMs), text: t("clock_text") };
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
