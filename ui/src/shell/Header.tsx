/** The top line: the product, how much waits at which level, who is here. */
import { LEVELS, levelOf, type ConsoleState } from "../api/types";
import { useApprovals } from "../state/console";
import { LevelMark } from "./LevelMark";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

const PLACES = [
  { at: "queue", words: "Requests", href: "#/" },
  { at: "record", words: "Record", href: "#/record" },
];

export function Header({ state, at = "queue" }: { state: ConsoleState; at?: string }) {
  const pending = (useApprovals().data ?? []).filter((view) => view.status === "pending");
  return (
    <header className={styles.header}>
      <h1>
        <Mark size={22} />
        <span>Navi Governance</span>
      </h1>
      <nav className={styles.places} aria-label="Screens">
        {PLACES.map((place) => (
          <a key={place.at} href={place.href} data-testid={`go-${place.at}`} aria-current={place.at === at ? "page" : undefined}>
            {place.words}
          </a>
        ))}
      </nav>
      <ul className={styles.counts} aria-label="Waiting by level">
        {LEVELS.toReversed().map((level) => {
          const count = pending.filter((view) => levelOf(view.level) === level).length;
          return (
            <li key={level} data-none={count === 0 ? "true" : undefined} data-testid={`count-${level}`}>
              {count > 0 ? <LevelMark level={level} /> : <span>{level[0]?.toUpperCase() + level.slice(1)}</span>}
              <span>{count}</span>
            </li>
          );
        })}
      </ul>
      {state.user && (
        <span className={styles.person}>
          <strong>{state.user}</strong> · {state.role}
        </span>
      )}
    </header>
  );
}
