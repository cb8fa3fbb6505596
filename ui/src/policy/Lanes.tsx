/** Action types and patterns in four lanes, moved by dragging, by menu, or with Shift and the arrow keys. */
import { useEffect, useRef, useState } from "react";
import { ActionChip } from "./ActionChip";
import { AddEntry } from "./AddEntry";
import type { LockView } from "./calls";
import { LANES, heldIn, isLooserThan, laneOf, moved, shown, type Draft, type Lane } from "./draft";
import { laneWords } from "./lines";
import { Origin } from "./Origin";
import styles from "./policy.module.css";
import { t } from "./texts";

interface Props {
  draft: Draft;
  server: Draft;
  fields: Record<string, string>;
  disabled: boolean;
  types: string[];
  locks: LockView[];
  /** Roles that may change guardrails. */
  who: string[];
  ceiling: number | null;
  onChange: (draft: Draft) => void;
}

const FIELD = { auto: "auto_allowed_actions", risk: null, ask: "require_approval_for", block: "blocked_actions" } as const;
const HINTS = { auto: "hint_auto", risk: "hint_risk", ask: "hint_ask", block: "hint_block" } as const;

/** The lane an entry is shown in: a guardrail holds it at least there. */
export function placeOf(draft: Draft, entry: string, lock: LockView | undefined): Lane {
  const lane = laneOf(draft, entry);
  return lock && isLooserThan(lane, lock) ? heldIn(lock) : lane;
}

export function Lanes(props: Props) {
  const { draft, server, types, disabled, onChange } = props;
  const locks = new Map(props.locks.map((lock) => [lock.action_type, lock]));
  const entries = [...new Set([...types, ...Object.keys(draft.lanes)])].toSorted();
  const [said, setSaid] = useState("");
  const [over, setOver] = useState<Lane | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef<string | null>(null);
  useEffect(() => {
    if (follow.current === null) return;
    const chips = [...(box.current?.querySelectorAll<HTMLElement>("[data-entry]") ?? [])];
    chips.find((found) => found.dataset["entry"] === follow.current)?.focus();
    follow.current = null;
  });
  const move = (entry: string, to: Lane) => {
    const lock = locks.get(entry);
    if (disabled || (lock && isLooserThan(to, lock))) {
      setSaid(lock ? t(lock.guardrail === "" ? "held_none_said" : "held_said", { entry, guardrail: lock.guardrail }) : "");
      return;
    }
    if (laneOf(draft, entry) === to) return;
    follow.current = entry;
    setSaid(t("moved_said", { entry, lane: laneWords(to) }));
    onChange(moved(draft, entry, to));
  };
  const lists = (["auto", "ask", "block"] as const).filter((lane) => Object.keys({ ...draft.lanes, ...server.lanes }).some((e) => (laneOf(draft, e) === lane) !== (laneOf(server, e) === lane)));
  return (
    <div className={styles.control} ref={box}>
      <h3>{t("actions")}</h3>
      {lists.length > 0 ? <Origin from={undefined} changed /> : null}
      <p className={styles.meaning}>{disabled ? t("actions_hint_read") : t("actions_hint")}</p>
      <div className={styles.lanes}>
        {LANES.map((lane) => (
          // Dropping is one of three ways: each chip has a menu and keys as well.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <section
            key={lane}
            className={styles.lane}
            data-lane={lane}
            data-over={over === lane}
            aria-label={laneWords(lane)}
            onDragOver={(event) => {
              if (disabled) return;
              event.preventDefault();
              setOver(lane);
            }}
            onDragLeave={() => setOver(null)}
            onDrop={(event) => {
              event.preventDefault();
              setOver(null);
              const entry = event.dataTransfer.getData("text/plain");
              if (entries.includes(entry)) move(entry, lane);
            }}
          >
            <h4>{laneWords(lane)}</h4>
            <p className={styles.quiet}>{t(HINTS[lane], { score: shown(lane === "risk" ? draft.threshold : Math.round((props.ceiling ?? 0) * 1000)) })}</p>
            {!lists.includes(lane as "auto") && FIELD[lane] && <Origin from={props.fields[FIELD[lane]]} changed={false} />}
            <ul>
              {entries
                .filter((entry) => placeOf(draft, entry, locks.get(entry)) === lane)
                .map((entry) => (
                  <li key={entry}>
                    <ActionChip
                      entry={entry}
                      draft={draft}
                      changed={laneOf(draft, entry) !== laneOf(server, entry)}
                      lane={lane}
                      known={types.includes(entry)}
                      lock={locks.get(entry)}
                      who={props.who}
                      disabled={disabled}
                      onMove={(to) => move(entry, to)}
                    />
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
      {!disabled && <AddEntry draft={draft} types={types} onAdd={move} />}
      <p role="status" className="visually-hidden">
        {said}
      </p>
    </div>
  );
}
