/** What is searched for, how it is grouped and ordered, and what of the query cannot be read. */
import { useId, type Ref } from "react";
import { VisibleText } from "../text/VisibleText";
import { GROUPINGS, type Grouping } from "./group";
import { SORTINGS, type Sorting } from "./order";
import type { Problem } from "./query";
import styles from "./queue.module.css";
import { t } from "./texts";
import type { Shown } from "./views";

interface Props {
  shown: Shown;
  problems: Problem[];
  finder: Ref<HTMLInputElement>;
  onChange: (change: Partial<Shown>) => void;
  onViews: () => void;
}

export function FindBar({ shown, problems, finder, onChange, onViews }: Props) {
  const wrong = useId();
  return (
    <div className={styles.find}>
      <input
        ref={finder}
        type="search"
        aria-label={t("find")}
        placeholder={t("find_hint")}
        aria-invalid={problems.length > 0}
        aria-describedby={problems.length > 0 ? wrong : undefined}
        value={shown.query}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ query: event.target.value })}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      {problems.length > 0 && (
        <ul id={wrong} className={styles.wrong} data-testid="query-problems" aria-live="polite">
          {problems.map((problem) => (
            <li key={`${problem.at} ${problem.why}`}>
              <code>
                <VisibleText text={problem.text} />
              </code>{" "}
              {t(`wrong_${problem.why}`, { field: problem.field })}
            </li>
          ))}
          <li>{t("wrong_note")}</li>
        </ul>
      )}
      <div className={styles.how}>
        <select
          aria-label={t("group")}
          data-testid="grouping"
          value={shown.grouping}
          onChange={(event) => onChange({ grouping: event.target.value as Grouping })}
        >
          {GROUPINGS.map((grouping) => (
            <option key={grouping} value={grouping}>
              {t(`group_${grouping}`)}
            </option>
          ))}
        </select>
        <select
          aria-label={t("sort")}
          data-testid="sorting"
          value={shown.sorting}
          onChange={(event) => onChange({ sorting: event.target.value as Sorting })}
        >
          {SORTINGS.map((sorting) => (
            <option key={sorting} value={sorting}>
              {t(`sort_${sorting}`)}
            </option>
          ))}
        </select>
        <button type="button" className={styles.plain} aria-haspopup="dialog" data-testid="views" onClick={onViews}>
          {t("views")}
        </button>
      </div>
    </div>
  );
}
