/** The virtual list. Rows keep their place in the flow between paddings; none is moved by a transform. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, type RefObject } from "react";
import type { ApprovalView, OutboxItem } from "../api/types";
import type { Grouping, Item } from "./group";
import { GroupRow, HEADING_HEIGHT } from "./GroupRow";
import type { Place } from "./places";
import styles from "./queue.module.css";
import { QueueRow, ROW_HEIGHT } from "./QueueRow";

interface Props {
  label: string;
  items: Item[];
  grouping: Grouping;
  closed: ReadonlySet<string>;
  tab: Place;
  selectedId: string | null;
  /** The row that the keys act on. */
  cursor: string | null;
  /** Set by the key that moved it: then the focus goes along, so that it is read out and Enter opens it. */
  steps: RefObject<boolean>;
  /** Null: nothing can be chosen here. */
  marked: ReadonlySet<string> | null;
  gone: ReadonlySet<string>;
  reading: Record<string, string[]>;
  unsent: Map<string, OutboxItem>;
  user: string | null;
  now: number;
  onOpen: (id: string) => void;
  onMark: (view: ApprovalView, range: boolean) => void;
  onFold: (key: string) => void;
  onCompare: (key: string) => void;
  onPointer: (over: boolean) => void;
}

export function QueueList(props: Props) {
  const { label, items, selectedId, cursor, steps, marked, reading, user, now, onPointer } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index]?.kind === "group" ? HEADING_HEIGHT : ROW_HEIGHT),
    getItemKey: (index) => keyOf(items[index]) ?? index,
    overscan: 8,
  });
  // Headings and rows differ in height: what stood where is void when their order changes.
  useEffect(() => virtual.measure(), [items, virtual]);
  const positions = useMemo(() => positionsOf(items), [items]);
  const at = items.findIndex((item) => item.kind === "row" && item.view.id === cursor);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  useLayoutEffect(() => {
    if (!steps.current) return;
    steps.current = false;
    scroller.current?.querySelector<HTMLElement>("[data-cursor]")?.focus();
  }, [cursor, steps]);

  const drawn = virtual.getVirtualItems();
  const before = drawn[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  const others = (id: string) => (reading[id] ?? []).filter((name) => name !== user).join(", ");
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      data-testid="queue-scroller"
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
    >
      <div role="list" aria-label={label} style={{ paddingTop: before, paddingBottom: after }}>
        {drawn.map(({ index, key }) => {
          const item = items[index];
          if (item?.kind === "group") {
            return (
              <GroupRow
                key={key}
                group={item.group}
                grouping={props.grouping}
                closed={props.closed.has(item.group.key)}
                onFold={props.onFold}
                onCompare={props.onCompare}
              />
            );
          }
          return (
            item && (
              <QueueRow
                key={key}
                view={item.view}
                tab={props.tab}
                selected={item.view.id === selectedId}
                current={item.view.id === cursor}
                marked={marked === null || item.view.status !== "pending" ? null : marked.has(item.view.id)}
                gone={props.gone.has(item.view.id)}
                readers={others(item.view.id)}
                unsent={props.unsent.get(item.view.id)}
                user={user}
                now={now}
                position={positions.at[index] ?? 0}
                count={positions.count}
                onOpen={props.onOpen}
                onMark={props.onMark}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

const keyOf = (item: Item | undefined): string | undefined =>
  item && (item.kind === "group" ? `group ${item.group.key}` : item.view.id);

/** Which of the rows each item is; headings do not count. */
function positionsOf(items: Item[]): { at: number[]; count: number } {
  let count = 0;
  const at = items.map((item) => (item.kind === "row" ? count++ : count));
  return { at, count };
}
