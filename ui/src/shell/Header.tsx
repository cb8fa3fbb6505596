/** The top line: the product, how much waits at which level, who is here. */
import { LEVELS, levelOf, type ConsoleState } from "../api/types";
import { useApprovals } from "../state/console";
import { LevelMark } from "./LevelMark";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

export function Header({ state }: { state: ConsoleState }) {
  const pending = (useApprovals().data ?? []).filter((view) => view.status === "pending");
  return (
    <header className={styles.header}>
      <h1>
        <Mark size={22} />
        <span>Navi Governance</span>
      </h1>
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
