/** The virtual list. Rows keep their place in the flow between paddings; none is moved by a transform. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ApprovalView, OutboxItem } from "../api/types";
import styles from "./queue.module.css";
import { QueueRow, ROW_HEIGHT } from "./QueueRow";

interface Props {
  label: string;
  rows: ApprovalView[];
  selectedId: string | null;
  unsent: Map<string, OutboxItem>;
  user: string | null;
  now: number;
  onOpen: (id: string) => void;
  onPointer: (over: boolean) => void;
}

export function QueueList({ label, rows, selectedId, unsent, user, now, onOpen, onPointer }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  });
  const selected = rows.findIndex((view) => view.id === selectedId);
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: "auto" });
  }, [selected, virtual]);

  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
    >
      <div role="list" aria-label={label} style={{ paddingTop: before, paddingBottom: after }}>
        {items.map(({ index, key }) => {
          const view = rows[index];
          return (
            view && (
              <QueueRow
                key={key}
                view={view}
                selected={view.id === selectedId}
                unsent={unsent.get(view.id)}
                user={user}
                now={now}
                position={index}
                count={rows.length}
                onOpen={onOpen}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
