/** The bottom line: connection, last sync, unsent votes, the state of the record, version. */
import type { ConsoleState } from "../api/types";
import { ago } from "../state/clock";
import { useNow } from "../state/console";
import styles from "./shell.module.css";

export function StatusBar({ state }: { state: ConsoleState }) {
  const now = useNow(15_000);
  const live = state.online ? (state.stale ? "stale" : "live") : "offline";
  const words = { live: "Live", stale: "Not live", offline: "Offline" }[live];
  return (
    <footer className={styles.status} aria-label="Status">
      <span className={styles.live} data-live={live} data-testid="connection">
        <svg viewBox="0 0 10 10" width="9" height="9" aria-hidden="true" focusable="false">
          <circle cx="5" cy="5" r="4" fill={live === "live" ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.6" />
        </svg>
        {words}
      </span>
      {state.last_sync_at != null && <span>Last sync {ago(now - state.last_sync_at / 1000)}</span>}
      {state.unsent > 0 && <span>{`${state.unsent} unsent`}</span>}
      {state.integrity?.ok && state.integrity.checked_at != null && (
        <span title={`Checked ${ago(now - state.integrity.checked_at / 1000)}`}>
          {`Record verified to #${state.integrity.size.toLocaleString()}`}
        </span>
      )}
      <span>{`Navi ${state.version}`}</span>
    </footer>
  );
}
