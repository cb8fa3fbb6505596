/** The top line: the product, how much waits at which level, who is here. */
import { LEVELS, levelOf, type ConsoleState } from "../api/types";
import { useApprovals } from "../state/console";
import { LEVEL_WORDS, LevelMark } from "./LevelMark";
import { Mark } from "./Mark";
import styles from "./shell.module.css";
import { PRODUCT, t } from "./texts";
import { roleWords } from "./words";

export function Header({ state }: { state: ConsoleState }) {
  // Before the list was read nobody knows how many there are.
  const pending = useApprovals().data?.filter((view) => view.status === "pending");
  return (
    <header className={styles.header}>
      <h1>
        <Mark size={22} />
        <span>{PRODUCT}</span>
      </h1>
      {pending && (
        <ul className={styles.counts} aria-label={t("waiting_by_level")}>
          {LEVELS.toReversed().map((level) => {
            const count = pending.filter((view) => levelOf(view.level) === level).length;
            return (
              <li key={level} data-none={count === 0 ? "true" : undefined} data-testid={`count-${level}`}>
                {count > 0 ? <LevelMark level={level} /> : <span>{LEVEL_WORDS[level]}</span>}
                <span>{count}</span>
              </li>
            );
          })}
        </ul>
      )}
      {state.user && (
        <span className={styles.person} title={state.user}>
          <strong>{state.user}</strong> · {roleWords(state.role ?? "")}
        </span>
      )}
    </header>
  );
}
