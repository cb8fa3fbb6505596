/** The left side: tabs, search, and the list of the chosen tab in whatever state it is. */
import { Tab, Tabs } from "@mui/material";
import { HeldRejects } from "../decide/HeldRejects";
import { Failure, Waiting } from "../shell/Failure";
import { Empty } from "./Empty";
import { FindBar } from "./FindBar";
import { FloodCard } from "./FloodCard";
import { Pill } from "./Pill";
import styles from "./queue.module.css";
import { QueueList } from "./QueueList";
import { Repeats } from "./Repeats";
import { SelectionBar, SnoozeTold } from "./SelectionBar";
import { t } from "./texts";
import { Unsent } from "./Unsent";
import type { Queue } from "./useQueue";
import { isList } from "./useRows";
import { TABS, type TabName } from "./views";

const NOBODY: Record<string, string[]> = {};

export function ListPane({ queue }: { queue: Queue }) {
  const { shown, rows, marks, snoozing, claiming } = queue;
  const { tab } = shown;
  return (
    <section className={styles.pane} aria-label={t("requests")}>
      <TabRow queue={queue} />
      {/* Where a request is open, they are said beside its controls. */}
      {queue.selectedId === null && <HeldRejects approvalId={null} />}
      {isList(tab) && (
        <FindBar shown={shown} problems={rows.problems} finder={queue.finder} onChange={queue.show} onViews={() => queue.setOpen("views")} />
      )}
      {isList(tab) && rows.held.length > 0 && <Pill held={rows.held.map((id) => rows.byId.get(id))} onAdmit={rows.admit} />}
      {rows.cards.map((card) => (
        <FloodCard key={card.key} card={card} open={queue.opened.has(card.key)} onToggle={() => queue.toggleOpened(card.key)} />
      ))}
      {tab === "repeats" && <Repeats />}
      {tab === "unsent" && <Unsent items={queue.unsentItems} byId={rows.byId} user={queue.user} />}
      {isList(tab) && <Listed queue={queue} tab={tab} />}
      <SnoozeTold snoozing={snoozing} />
      {claiming.failed && (
        <p className={styles.told} role="alert">
          {claiming.failed}
        </p>
      )}
      <SelectionBar
        marks={marks}
        onCompare={() => queue.compareThese(marks.views)}
        onReject={() => queue.setOpen("reject")}
        onSnooze={() => queue.askUntil(marks.views)}
      />
    </section>
  );
}

function Listed({ queue, tab }: { queue: Queue; tab: "me" | "others" | "snoozed" | "done" }) {
  const { approvals, rows, shown } = queue;
  const { earlier } = rows.places;
  return (
    <>
      {approvals.isError && <Failure error={approvals.error} onRetry={() => void approvals.refetch()} />}
      {approvals.isPending && <Waiting rows={5} />}
      {approvals.isSuccess && rows.listed.length === 0 && (
        <Empty tab={tab} query={shown.query} places={rows.places} console={queue.console} onClear={() => queue.show({ query: "" })} />
      )}
      {rows.items.length > 0 && (
        <QueueList
          label={t(`list_${tab}`)}
          items={rows.items}
          grouping={shown.grouping}
          closed={queue.closed}
          tab={tab}
          selectedId={queue.selectedId}
          cursor={queue.cursor}
          steps={queue.steps}
          marked={tab === "done" ? null : queue.marks.ids}
          gone={rows.gone}
          reading={queue.console?.reading ?? NOBODY}
          unsent={queue.unsent}
          user={queue.user}
          now={queue.now}
          onOpen={queue.openOne}
          onMark={queue.mark}
          onFold={queue.toggleClosed}
          onCompare={queue.compareGroup}
          onPointer={queue.setPointer}
        />
      )}
      {tab === "done" && rows.listed.length > 0 && earlier > 0 && (
        <p className={styles.earlier}>
          {t("earlier", { count: earlier })} <a href="#/record">{t("to_record")}</a>
        </p>
      )}
    </>
  );
}

function TabRow({ queue }: { queue: Queue }) {
  const { places } = queue.rows;
  const countOf = (name: TabName): number => {
    if (name === "unsent") return queue.unsentItems.length;
    return name === "me" || name === "others" || name === "snoozed" ? places[name].length : 0;
  };
  return (
    <Tabs
      value={queue.shown.tab}
      onChange={(_, value: TabName) => queue.show({ tab: value })}
      aria-label={t("tabs")}
      className={styles.tabs}
      variant="scrollable"
      scrollButtons="auto"
    >
      {TABS.filter((name) => name !== "unsent" || queue.outbox.isFetched).map((name) => (
        <Tab key={name} value={name} label={<Count words={t(`tab_${name}`)} count={countOf(name)} />} />
      ))}
    </Tabs>
  );
}

function Count({ words, count }: { words: string; count: number }) {
  return (
    <span>
      {words}
      {count > 0 && <span className={styles.count}>{count}</span>}
    </span>
  );
}
