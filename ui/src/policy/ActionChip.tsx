/** One action type or pattern: where it may go, what holds it, and what in the same policy overrules it. */
import { ListSubheader, Menu, MenuItem } from "@mui/material";
import { useId, useState } from "react";
import { roleWords } from "../shell/words";
import { VisibleText } from "../text/VisibleText";
import type { LockView } from "./calls";
import { LANES, isLooserThan, laneOf, type Draft, type Lane } from "./draft";
import { laneWords } from "./lines";
import { Lock } from "./Lock";
import styles from "./policy.module.css";
import { t } from "./texts";
import { inWords } from "../words/server";

interface Props {
  entry: string;
  draft: Draft;
  lane: Lane;
  changed: boolean;
  known: boolean;
  lock: LockView | undefined;
  who: string[];
  disabled: boolean;
  onMove: (lane: Lane) => void;
}

const pattern = (glob: string) => new RegExp(`^${glob.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "u");

/** A pattern of a stricter lane that covers the entry, so that its own lane has no effect. */
export function overruling(draft: Draft, entry: string): string | null {
  const own = LANES.indexOf(laneOf(draft, entry));
  const found = Object.keys(draft.lanes).find(
    (other) => other !== entry && other.includes("*") && LANES.indexOf(laneOf(draft, other)) > own && pattern(other).test(entry),
  );
  return found ?? null;
}

/** Why a chip stands where it does, if it is not only the policy's choice. */
function noteOf({ lock, known, entry, draft, who }: Props): string[] {
  const notes: string[] = [];
  const by = overruling(draft, entry);
  if (lock) {
    const reason = inWords(lock.words, lock.reason).replace(/[.!]\s*$/u, "");
    notes.push(lock.guardrail === "" ? t("held_none", { reason }) : t("held_by", { guardrail: lock.guardrail, reason }));
    if (lock.instead) notes.push(inWords(lock.words, lock.instead));
    notes.push(t("held_who", { who: who.length === 0 ? t("nobody") : who.map(roleWords).join(", ") }));
  }
  if (by !== null) notes.push(t("overruled", { by, lane: laneWords(laneOf(draft, by)) }));
  if (!known && !entry.includes("*")) notes.push(t("unknown_type"));
  return notes;
}

export function ActionChip(props: Props) {
  const { entry, lane, lock, disabled, onMove } = props;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [menu, note] = [useId(), useId()];
  const notes = noteOf(props);
  const step = (by: number) => {
    const to = LANES[LANES.indexOf(lane) + by];
    if (to) onMove(to);
  };
  return (
    <>
      <button
        type="button"
        className={styles.chip}
        data-entry={entry}
        data-lane={lane}
        data-changed={props.changed}
        draggable={!disabled}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-controls={anchor ? menu : undefined}
        aria-describedby={notes.length > 0 ? note : undefined}
        onClick={(event) => setAnchor(event.currentTarget)}
        onDragStart={(event) => event.dataTransfer.setData("text/plain", entry)}
        onKeyDown={(event) => {
          if (!event.shiftKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
          event.preventDefault();
          step(event.key === "ArrowRight" ? 1 : -1);
        }}
      >
        {lock && (
          <>
            <Lock />{" "}
          </>
        )}
        <VisibleText text={entry} />
        {lock && <span className="visually-hidden">, {t("locked")}</span>}
        {props.changed && <span className="visually-hidden">, {t("unsaved")}</span>}
        {notes.length > 0 && !lock && <span aria-hidden="true"> ⚠</span>}
      </button>
      {notes.length > 0 && (
        <span id={note} hidden>
          {notes.join(" ")}
        </span>
      )}
      <Menu id={menu} anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)} slotProps={{ list: { "aria-label": entry } }}>
        {notes.length > 0 && (
          <ListSubheader component="li" role="presentation" className={styles.notes ?? ""}>
            {notes.map((text) => (
              <span key={text}>
                <VisibleText text={text} />
              </span>
            ))}
          </ListSubheader>
        )}
        {LANES.map((to) => (
          <MenuItem
            key={to}
            role="menuitemradio"
            aria-checked={to === lane}
            selected={to === lane}
            disabled={disabled || (lock !== undefined && isLooserThan(to, lock))}
            onClick={() => {
              setAnchor(null);
              onMove(to);
            }}
          >
            {laneWords(to)}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
