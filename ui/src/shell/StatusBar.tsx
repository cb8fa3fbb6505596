/** The bottom line: connection, last sync, unsent votes, what is stopped, this machine's clock, the record, version. */
import { useState, type ReactNode } from "react";
import type { ConsoleState, FreezeView } from "../api/types";
import { scopeWords, useFreezes } from "../emergency/useStops";
import { ago, warnsAboutClock } from "../state/clock";
import { useNow } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { language } from "../words/words";
import { clockWords } from "./clockWords";
import styles from "./shell.module.css";
import { t } from "./texts";

export function StatusBar({ state }: { state: ConsoleState }) {
  const now = useNow(15_000);
  const live = state.online ? (state.stale ? "stale" : "live") : "offline";
  const [wrong, setWrong] = useState(false);
  const warns = warnsAboutClock(state.clock_offset_ms, wrong);
  if (warns !== wrong) setWrong(warns);
  return (
    <footer className={styles.status} aria-label={t("status")}>
      {/* Read out when it changes: everything else here is looked up, or told by a band. */}
      <span role="status" className={styles.live} data-live={live} data-testid="connection">
        <svg viewBox="0 0 10 10" width="9" height="9" aria-hidden="true" focusable="false">
          <circle cx="5" cy="5" r="4" fill={live === "live" ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.6" />
        </svg>
        {t(live)}
      </span>
      <ul className={styles.facts} aria-label={t("more_status")}>
        {state.last_sync_at != null && <Fact name="sync">{t("last_sync", { ago: ago(now - state.last_sync_at / 1000) })}</Fact>}
        {state.unsent > 0 && <Fact name="unsent">{t("unsent", { count: state.unsent })}</Fact>}
        <Paused />
        {warns && <Fact name="clock">{clockWords(state.clock_offset_ms)}</Fact>}
        {state.integrity?.ok && state.integrity.checked_at != null && (
          <Fact name="verified" title={t("checked", { ago: ago(now - state.integrity.checked_at / 1000) })}>
            {t("verified_to", { size: state.integrity.size.toLocaleString(language()) })}
          </Fact>
        )}
        <Fact name="version">{`Navi ${state.version}`}</Fact>
      </ul>
    </footer>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <li data-testid={`status-${name}`} {...(title === undefined ? {} : { title })}>
      {children}
    </li>
  );
}

/** So many are named; who wants to see the others follows the link. */
const MOST_NAMED = 2;

/** What is stopped now. One stop of everything says it all. */
function pausedWords(freezes: FreezeView[]): string {
  const all = freezes.find(({ scope }) => scope === "everything");
  if (all) return t("paused_all");
  const named = freezes.slice(0, MOST_NAMED).map(scopeWords).join(", ");
  const more = freezes.length - MOST_NAMED;
  return more > 0 ? t("paused_more", { named, count: more }) : t("paused", { named });
}

function Paused() {
  const freezes = useFreezes().data ?? [];
  if (freezes.length === 0) return null;
  return (
    <Fact name="paused">
      <a href="#/emergency">
        <VisibleText text={pausedWords(freezes)} />
      </a>
    </Fact>
  );
}
