/** The record: whether it holds, what stands in it, and the chain of each action. Works from the copy when offline. */
import { Button } from "@mui/material";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asApiError } from "../api/problem";
import type { AuditEntry } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { NoPermission } from "../shell/NoPermission";
import { useConsoleState, useParts } from "../state/console";
import { chosenKeys, useCommands } from "../state/keys";
import { usePreferences } from "../state/preferences";
import { goTo, goToRecord } from "../state/route";
import { t as of } from "./copy.texts";
import { actionOf } from "./entry";
import { EntryDetail } from "./EntryDetail";
import { ExportDialog } from "./ExportDialog";
import { isFiltered, readFilters, writeFilters, type Filters } from "./filters";
import { Integrity } from "./Integrity";
import styles from "./record.module.css";
import { Search } from "./Search";
import { t } from "./texts";
import { VisibleText } from "../text/VisibleText";
import { Timeline } from "./Timeline";
import { useEntries, useEntry, useKept, useTrail, useVerifying } from "./useRecord";

/** Who may read the record. */
const READERS = ["approver", "oncall", "auditor", "admin"];

export function RecordScreen({ index, query }: { index: number | null; query: string }) {
  const state = useConsoleState().data;
  const { client } = useParts();
  const kept = useKept();
  const entries = useEntries(query);
  const verifying = useVerifying();
  const finder = useRef<HTMLInputElement>(null);
  const filters = useMemo(() => readFilters(query), [query]);
  const items = useMemo(() => entries.data?.pages.flatMap((page) => page.items) ?? [], [entries.data]);
  const open = useCallback((at: number | null) => goToRecord(at, query), [query]);
  const filter = useCallback((next: Filters) => goToRecord(null, writeFilters(next)), []);
  // A step of a chain need not be in the list, which may be filtered or not read so far.
  const [followed, setFollowed] = useState<AuditEntry | null>(null);
  const known = items.find((entry) => entry.index === index) ?? (followed?.index === index ? followed : undefined);
  // Nor need what a link names: it is read by itself.
  const linked = useEntry(known === undefined && !entries.isPending ? index : null);
  const selected = known ?? linked.data ?? undefined;
  const openStep = (entry: AuditEntry) => {
    setFollowed(entry);
    open(entry.index);
  };

  const move = (step: number) => {
    const at = items.findIndex((entry) => entry.index === index);
    const next = items[at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
    if (next) open(next.index);
  };
  const trail = useTrail(selected ? actionOf(selected) : null).data ?? [];
  const along = (step: number) => {
    const next = trail[trail.findIndex((entry) => entry.index === index) + step];
    if (next) openStep(next);
  };
  const [taking, setTaking] = useState(false);
  const [written, setWritten] = useState("");
  // The desktop writes from its own verified copy; the page takes what the server writes.
  const web = client.transport.record === undefined;
  const detail = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (index !== null) detail.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  const enter = () => {
    if (selected) detail.current?.querySelector<HTMLElement>("[data-detail]")?.focus();
    else move(0);
  };
  useCommands([
    { keys: "]", words: t("later_step"), run: () => along(1) },
    { keys: "[", words: t("earlier_step"), run: () => along(-1) },
    { keys: "e", words: t("export_key"), run: () => setTaking(true) },
    { keys: "Enter", words: t("read_key"), run: enter },
    { keys: "j", words: t("next"), run: () => move(1) },
    { keys: "k", words: t("previous"), run: () => move(-1) },
    ...(web ? [] : [{ keys: "v", words: t("verify"), run: () => verifying.start(null) }]),
    { keys: "/", words: t("search"), run: () => finder.current?.focus() },
    { keys: "Escape", words: t("back"), run: () => (index === null ? goTo(null) : open(null)) },
  ]);
  if (!state) return null;
  const local = client.transport.kind === "desktop" && !state.online;
  return (
    <div className={styles.screen}>
      <Integrity state={state} kept={kept.data} verifying={verifying} onExport={() => setTaking(true)} />
      <div className={styles.take}>
        {web && (
          <Button size="small" onClick={() => setTaking(true)} data-testid="take-record">
            {t("export")}
          </Button>
        )}
        <span role="status" data-testid="exported">
          <VisibleText text={written} />
        </span>
      </div>
      {taking && (
        <ExportDialog
          query={query}
          online={state.online}
          kept={kept.data}
          onClose={(told) => {
            setTaking(false);
            if (told !== null) setWritten(told);
          }}
        />
      )}
      <Search filters={filters} onChange={filter} finder={finder} />
      <div ref={detail} className={styles.split} data-open={selected ? "true" : undefined}>
        <section className={styles.pane} aria-label={t("record")}>
          {local && <p className={styles.local}>{t("offline")}</p>}
          {entries.isPending && <Waiting rows={6} />}
          {entries.isError && asApiError(entries.error).code === "forbidden" && (
            <div className={styles.denied}>
              <NoPermission roles={READERS} />
            </div>
          )}
          {entries.isError && asApiError(entries.error).code !== "forbidden" && <Failure error={entries.error} onRetry={() => void entries.refetch()} />}
          {entries.isSuccess && items.length === 0 && (
            <p className={styles.empty}>
              {isFiltered(filters) ? t("no_match") : t("nothing")}
            </p>
          )}
          {items.length > 0 && (
            <Timeline
              entries={items}
              selected={index}
              onOpen={open}
              more={entries.hasNextPage}
              loading={entries.isFetchingNextPage}
              onMore={() => void entries.fetchNextPage()}
            />
          )}
        </section>
        {selected ? (
          <EntryDetail key={selected.index} entry={selected} last={kept.data?.last} onOpen={openStep} />
        ) : (
          <section className={styles.blank} aria-label={t("entry")}>
            <Unread index={index} reading={linked.isPending} error={linked.error} onRetry={() => void linked.refetch()} />
            <Keys web={web} />
          </section>
        )}
      </div>
    </div>
  );
}

/** Why no entry is open: none was chosen, or the one that is named could not be read. */
function Unread({ index, reading, error, onRetry }: { index: number | null; reading: boolean; error: Error | null; onRetry: () => void }) {
  if (index === null) return <p>{t("choose")}</p>;
  if (error && asApiError(error).code !== "forbidden") return <Failure error={error} onRetry={onRetry} />;
  return reading ? <Waiting rows={2} /> : <p>{t("not_listed", { index })}</p>;
}

/** Which keys act here, as they were given; none when they are off. */
function Keys({ web }: { web: boolean }) {
  const { letterKeys } = usePreferences();
  if (!letterKeys) return null;
  const verifies = (
    <>
      <kbd>{chosenKeys("v")}</kbd> {of("keys_verify")} ·{" "}
    </>
  );
  return (
    <p className={styles.hint}>
      <kbd>{chosenKeys("j")}</kbd> <kbd>{chosenKeys("k")}</kbd> {of("keys_move")} · <kbd>{chosenKeys("/")}</kbd> {of("keys_search")} · {!web && verifies}
      <kbd>Esc</kbd> {of("keys_back")}
    </p>
  );
}
