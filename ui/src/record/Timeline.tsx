/** Entries by day, newest first, in a virtual list. */
import { Button } from "@mui/material";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { AuditEntry } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { clockTime, dayWords } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { language } from "../words/words";
import { about, isErased, levelIn, toneOf } from "./entry";
import { kindWords } from "./kinds";
import styles from "./record.module.css";
import { t } from "./texts";

const ROW = 52;
const HEAD = 30;
/** The next page is read when so few lines are left below. */
const AHEAD = 20;

type Line = { day: string } | { entry: AuditEntry };

interface Props {
  entries: AuditEntry[];
  selected: number | null;
  onOpen: (index: number) => void;
  more: boolean;
  loading: boolean;
  onMore: () => void;
}

export function Timeline({ entries, selected, onOpen, more, loading, onMore }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [moved, setMoved] = useState(false);
  const lines = useMemo(() => byDay(entries), [entries]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (lines[at] && "day" in lines[at] ? HEAD : ROW),
    overscan: 10,
  });
  const at = lines.findIndex((line) => "entry" in line && line.entry.index === selected);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  const items = virtual.getVirtualItems();
  // Near the end the next page comes by itself; what was read stays where it is, because pages follow a cursor.
  const lastSeen = items.at(-1)?.index ?? 0;
  const near = more && !loading && moved && lastSeen >= lines.length - AHEAD;
  useEffect(() => {
    if (near) onMore();
  }, [near, onMore]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className={styles.scroller} onScroll={() => setMoved(true)}>
      <div role="list" aria-label={t("entries")} style={{ paddingTop: before, paddingBottom: after }}>
        {items.map(({ index }) => {
          const line = lines[index];
          if (!line) return null;
          if ("day" in line) {
            return (
              <div key={line.day} role="listitem" className={styles.day}>
                {line.day}
              </div>
            );
          }
          return <Row key={line.entry.index} entry={line.entry} selected={line.entry.index === selected} onOpen={onOpen} />;
        })}
      </div>
      {more && (
        <div className={styles.more}>
          <Button size="small" disabled={loading} onClick={onMore}>
            {loading ? t("reading") : t("older")}
          </Button>
        </div>
      )}
    </div>
  );
}

function Row({ entry, selected, onOpen }: { entry: AuditEntry; selected: boolean; onOpen: (index: number) => void }) {
  const level = levelIn(entry);
  return (
    <div role="listitem" className={styles.item}>
      <button type="button" className={styles.row} aria-current={selected ? "true" : undefined} onClick={() => onOpen(entry.index)} data-testid="entry-row">
        <span className={styles.line}>
          <span className={styles.kind} data-tone={toneOf(entry)}>
            {kindWords(entry.kind)}
          </span>
          <span className={styles.about}>{isErased(entry) ? <em>{t("erased")}</em> : <VisibleText text={about(entry)} />}</span>
          {level && <LevelMark level={level} />}
        </span>
        <span className={styles.meta}>
          <span>{clockTime(entry.at)}</span>
          <span>
            <VisibleText text={entry.actor === "" ? t("somebody") : entry.actor} />
            {entry.on_behalf_of != null && entry.on_behalf_of !== entry.actor && (
              <>
                {` ${t("for")} `}
                <VisibleText text={entry.on_behalf_of} />
              </>
            )}
          </span>
          <span className={styles.number}>{`#${entry.index.toLocaleString(language())}`}</span>
        </span>
      </button>
    </div>
  );
}

/** Days as the person's own calendar has them. */
function byDay(entries: AuditEntry[]): Line[] {
  const lines: Line[] = [];
  let last = "";
  for (const entry of entries) {
    const day = dayWords(entry.at);
    if (day !== last) lines.push({ day });
    last = day;
    lines.push({ entry });
  }
  return lines;
}
