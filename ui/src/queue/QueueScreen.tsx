/** The queue: what waits for this person, what is unsent, what is done; with the chosen request beside it. */
import { Button, Tab, Tabs } from "@mui/material";
import { useMemo, useRef, useState } from "react";
import type { ApprovalView } from "../api/types";
import type { Controls } from "../decide/DecisionBar";
import { Detail } from "../detail/Detail";
import { Failure, Waiting } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import { useApprovals, useConsoleState, useNow, useOutbox } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo } from "../state/route";
import { floods, without, type Flood } from "./flood";
import { News } from "./News";
import { Repeats } from "./Repeats";
import { search } from "./filter";
import styles from "./queue.module.css";
import { QueueList } from "./QueueList";
import { t } from "./texts";
import { Unsent } from "./Unsent";
import { useArrangement } from "./useArrangement";

type TabName = "me" | "unsent" | "done" | "repeats";

export function QueueScreen({ selectedId }: { selectedId: string | null }) {
  const console = useConsoleState().data;
  const approvals = useApprovals();
  const outbox = useOutbox();
  const now = useNow();
  const [tab, setTab] = useState<TabName>("me");
  const [query, setQuery] = useState("");
  const [pointer, setPointer] = useState(false);
  const [deciding, setDeciding] = useState(false);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const controls = useRef<Controls>(null);
  const finder = useRef<HTMLInputElement>(null);

  const all = useMemo(() => approvals.data ?? [], [approvals.data]);
  const byId = useMemo(() => new Map(all.map((view) => [view.id, view])), [all]);
  const pending = useMemo(() => all.filter((view) => view.status === "pending"), [all]);
  const wanted = useMemo(() => search(pending, query), [pending, query]);
  const done = useMemo(
    () =>
      search(all.filter((view) => view.status !== "pending"), query).toSorted(
        (a, b) => (b.ended_at ?? b.created_at) - (a.ended_at ?? a.created_at),
      ),
    [all, query],
  );
  const frozen = pointer || deciding || selectedId !== null;
  const arranged = useArrangement(wanted, frozen, now, query);
  const listed = useMemo(
    () => (tab === "done" ? done : arranged.rows.map(({ id }) => byId.get(id)).filter((v) => v !== undefined)),
    [tab, done, arranged.rows, byId],
  );
  const cards = useMemo(() => (tab === "me" ? floods(listed) : []), [tab, listed]);
  const rows = useMemo(() => without(listed, cards, opened), [listed, cards, opened]);
  const items = (outbox.data ?? []).filter((item) => item.state !== "recorded");
  const unsent = useMemo(() => new Map((outbox.data ?? []).map((item) => [item.approvalId, item])), [outbox.data]);

  const lists = tab === "me" || tab === "done";

  const move = (step: number) => {
    const at = rows.findIndex((view) => view.id === selectedId);
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next) goTo(next.id);
  };
  const first = () => rows[0] && selectedId === null && goTo(rows[0].id);
  const ask = (what: keyof Controls) => (selectedId === null ? first() : controls.current?.[what]());
  useCommands([
    { keys: "j", words: t("next"), run: () => move(1) },
    { keys: "k", words: t("previous"), run: () => move(-1) },
    { keys: "a", words: t("approve"), decides: true, run: () => ask("approve") },
    { keys: "r", words: t("reject"), decides: true, run: () => ask("reject") },
    { keys: "/", words: t("search"), run: () => finder.current?.focus() },
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
  ]);

  return (
    <div className={styles.split} data-open={selectedId === null ? undefined : "true"}>
      <section className={styles.pane} aria-label="Requests">
        <Tabs value={tab} onChange={(_, value: TabName) => setTab(value)} aria-label="Which requests" className={styles.tabs}>
          <Tab value="me" label={<Count words="For me" count={pending.length} />} />
          {outbox.isFetched && <Tab value="unsent" label={<Count words="Unsent" count={items.length} />} />}
          <Tab value="done" label="Done" />
          <Tab value="repeats" label="Repeats" />
        </Tabs>
        {tab !== "unsent" && tab !== "repeats" && (
          <div className={styles.find}>
            <input
              ref={finder}
              type="search"
              aria-label="Search requests"
              placeholder="Search — agent: repo: level:>=high"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
            />
          </div>
        )}
        {tab === "me" && arranged.held.length > 0 && (
          <Pill held={arranged.held.map((id) => byId.get(id))} onAdmit={arranged.admit} />
        )}
        {cards.map((card) => (
          <FloodCard
            key={card.key}
            card={card}
            open={opened.has(card.key)}
            onToggle={() => {
              const next = new Set(opened);
              if (!next.delete(card.key)) next.add(card.key);
              setOpened(next);
            }}
          />
        ))}
        {tab === "repeats" && <Repeats now={now} />}
        {tab === "unsent" && <Unsent items={items} />}
        {lists && approvals.isError && (
          <Failure error={approvals.error} onRetry={() => void approvals.refetch()} />
        )}
        {lists && approvals.isPending && <Waiting rows={5} />}
        {lists && approvals.isSuccess && listed.length === 0 && (
          <Empty tab={tab} query={query} ended={all.length - pending.length} />
        )}
        {lists && rows.length > 0 && (
          <QueueList
            label={tab === "me" ? "Requests that wait" : "Requests that are done"}
            rows={rows}
            selectedId={selectedId}
            unsent={unsent}
            user={console?.user ?? null}
            now={now}
            onOpen={goTo}
            onPointer={setPointer}
          />
        )}
      </section>
      {selectedId === null ? (
        <Nothing waiting={pending.length} />
      ) : (
        <Detail
          key={selectedId}
          id={selectedId}
          controls={controls}
          onDeciding={setDeciding}
          unsent={unsent.get(selectedId)}
        />
      )}
      <News pending={approvals.data && pending} />
    </div>
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

function Pill({ held, onAdmit }: { held: (ApprovalView | undefined)[]; onAdmit: () => void }) {
  const grave = held.filter((view) => view?.level === "high" || view?.level === "critical").length;
  return (
    <div className={styles.pill}>
      <Button size="small" variant="outlined" onClick={onAdmit} data-testid="new-requests">
        {`${held.length} new${grave > 0 ? ` (${grave} high)` : ""} – show`}
      </Button>
    </div>
  );
}

function FloodCard({ card, open, onToggle }: { card: Flood; open: boolean; onToggle: () => void }) {
  return (
    <div className={styles.flood} data-testid="flood">
      <LevelMark level={card.level} />
      <span>
        <VisibleText text={card.agent} /> for <VisibleText text={card.requester} />
        {` asks a lot at once: ${card.count} requests wait.`}
      </span>
      <Button size="small" aria-expanded={open} onClick={onToggle}>
        {open ? "Close" : "Show each"}
      </Button>
    </div>
  );
}

function Empty({ tab, query, ended }: { tab: TabName; query: string; ended: number }) {
  if (query !== "") return <p className={styles.empty}>Nothing matches “{query}”. Clear the search to see the rest.</p>;
  if (tab === "done") return <p className={styles.empty}>Nothing has been decided yet.</p>;
  return (
    <p className={styles.empty}>
      <strong>Nothing waits for you.</strong>
      {ended > 0
        ? ` ${ended} earlier ${ended === 1 ? "request is" : "requests are"} under Done.`
        : " When an agent asks for something that needs a person, it appears here."}
    </p>
  );
}

function Nothing({ waiting }: { waiting: number }) {
  return (
    <section className={styles.blank} aria-label="Request">
      <p>{waiting > 0 ? "Choose a request to see exactly what would run." : "All clear."}</p>
      <p className={styles.hint}>
        <kbd>j</kbd> <kbd>k</kbd> move · <kbd>a</kbd> approve · <kbd>r</kbd> reject · <kbd>?</kbd> all keys
      </p>
    </section>
  );
}
