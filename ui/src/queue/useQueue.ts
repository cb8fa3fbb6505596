/** The state of the queue's screen, and what can be done in it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ApprovalView } from "../api/types";
import type { Controls } from "../decide/DecisionBar";
import { useSnooze } from "../decide/useSnooze";
import { useApprovals, useConsoleState, useNow, useOutbox } from "../state/console";
import { forgetAsked, goTo } from "../state/route";
import { useBulk } from "./bulk/useBulk";
import { useClaim } from "./useClaim";
import { useMarks } from "./useMarks";
import { useRows } from "./useRows";
import { FIRST, TABS, useViews, type Shown } from "./views";

/** What is open over the list. */
export type Open = "views" | "reject" | { snooze: ApprovalView[] } | null;

export type Queue = ReturnType<typeof useQueue>;

/** `asked`: the tab that the address asks for, as the tray does. */
export function useQueue(selectedId: string | null, asked: string | null) {
  const console = useConsoleState().data;
  const approvals = useApprovals();
  const outbox = useOutbox();
  const now = useNow();
  const user = console?.user ?? null;
  const views = useViews(user ?? "");
  const wanted = TABS.find((name) => name === asked);
  const [shown, setShown] = useState<Shown>(() => (wanted ? { ...FIRST, tab: wanted } : FIRST));
  const [answered, setAnswered] = useState(asked);
  if (asked !== answered) {
    setAnswered(asked);
    if (wanted) setShown((old) => ({ ...old, tab: wanted }));
  }
  useEffect(() => {
    if (asked !== null) forgetAsked();
  }, [asked]);
  const [pointer, setPointer] = useState(false);
  const [deciding, setDeciding] = useState(false);
  const [open, setOpen] = useState<Open>(null);
  const [opened, toggleOpened] = useToggles();
  const [cursor, setCursor] = useCursor(selectedId);
  const steps = useRef(false);
  const [compared, setCompared] = useState<readonly string[] | null>(null);
  const [read, setRead] = useState<ReadonlySet<string>>(new Set());
  const controls = useRef<Controls>(null);
  const finder = useRef<HTMLInputElement>(null);
  const snoozing = useSnooze();
  const claiming = useClaim();
  const run = useBulk();

  const closed = useMemo(() => new Set(shown.closed), [shown.closed]);
  const all = useMemo(() => approvals.data ?? NONE, [approvals.data]);
  const known = useMemo(() => new Map(all.map((view) => [view.id, view])), [all]);
  const marks = useMarks(known);
  const frozen = pointer || deciding || open !== null || selectedId !== null || compared !== null || marks.ids.size > 0;
  const rows = useRows({ all, byId: known, console, shown, frozen, now, opened, closed });
  const sideBySide = useMemo(
    () => (compared ?? []).map((id) => known.get(id)).filter((view) => view !== undefined),
    [compared, known],
  );
  const unsentItems = (outbox.data ?? []).filter((item) => item.state !== "recorded");
  const unsent = useMemo(() => new Map((outbox.data ?? []).map((item) => [item.approvalId, item])), [outbox.data]);
  /** What the keys act on: the marked row, which is the open request until the mark moves on. */
  const current = cursor === null ? undefined : known.get(cursor);

  const toggleClosed = useCallback((key: string) => {
    const fold = (old: readonly string[]) => (old.includes(key) ? old.filter((one) => one !== key) : [...old, key]);
    setShown((old) => ({ ...old, closed: fold(old.closed ?? []) }));
  }, []);
  const show = useCallback((change: Partial<Shown>) => setShown((old) => ({ ...old, ...change })), []);
  const showView = useCallback(({ closed: folded = [], tab, query, grouping, sorting }: Shown) => setShown({ tab, query, grouping, sorting, closed: folded }), []);
  const openOne = useCallback((id: string) => {
    setCompared(null);
    goTo(id);
  }, []);
  const noteRead = useCallback((digest: string) => setRead((old) => (old.has(digest) ? old : new Set([...old, digest]))), []);
  const compareThese = (these: ApprovalView[]) => {
    if (these.length === 0) return;
    goTo(null);
    setCompared(these.map(({ id }) => id));
  };
  const compareGroup = (key: string) => {
    const group = rows.items.find((item) => item.kind === "group" && item.group.key === key);
    if (group?.kind === "group") compareThese(group.group.views);
  };
  /** One step back: from what is open, else from a selection. */
  const back = () => {
    if (selectedId === null && compared === null) {
      marks.clear();
      setCursor(null);
    }
    setCompared(null);
    goTo(null);
  };
  const move = (step: number) => {
    const { order } = rows;
    const at = order.findIndex((view) => view.id === cursor);
    const next = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + step))];
    steps.current = true;
    if (next) setCursor(next.id);
  };
  const openCurrent = () => {
    const id = current?.id ?? rows.order[0]?.id;
    if (id !== undefined) openOne(id);
  };
  const ask = (what: keyof Controls) => {
    // What is decided is what is read: a mark that has moved on opens its row first.
    const reads = selectedId !== null && cursor === selectedId;
    if (compared !== null || (reads && marks.ids.size === 0)) controls.current?.[what]();
    else if (marks.ids.size === 0) openCurrent();
    else if (what === "approve") compareThese(marks.views);
    else setOpen("reject");
  };
  /** What an act beside voting is for: the selection, what is compared, or what is open. */
  const chosen = (): ApprovalView[] => {
    if (marks.views.length > 0) return marks.views;
    if (compared !== null) return sideBySide.filter((view) => view.status === "pending");
    return current?.status === "pending" ? [current] : [];
  };
  const askUntil = (these: ApprovalView[]) => these.length > 0 && setOpen({ snooze: these });
  const putOff = (these: ApprovalView[], span: Parameters<typeof snoozing.snooze>[1]) => {
    setOpen(null);
    snoozing.snooze(these, span);
    const next = rows.order[rows.order.findIndex((view) => view.id === current?.id) + 1];
    if (current && these.includes(current)) {
      setCursor(next?.id ?? null);
      if (current.id === selectedId) goTo(next?.id ?? null);
    }
    marks.clear();
  };
  const rejectMarked = (reasonFor: (view: ApprovalView) => string) => {
    setOpen(null);
    compareThese(marks.views);
    run.start("reject", marks.views, reasonFor);
    marks.clear();
  };
  const mark = (view: ApprovalView, range: boolean) => marks.toggle(view, range, rows.order);

  return {
    ...{ console, approvals, outbox, now, user, views, shown, open, opened, closed, compared, sideBySide, read, controls, finder },
    ...{ snoozing, claiming, run, marks, rows, unsentItems, unsent, current, cursor, steps, selectedId },
    ...{ show, showView, setPointer, setDeciding, setOpen, toggleOpened, toggleClosed, openOne, noteRead, compareThese, compareGroup },
    ...{ back, move, openCurrent, ask, chosen, askUntil, putOff, rejectMarked, mark },
  };
}

const NONE: ApprovalView[] = [];

/** The marked row. It goes along with what is opened, and stays where it was when that is closed. */
function useCursor(selectedId: string | null): [string | null, (id: string | null) => void] {
  const [kept, setKept] = useState<{ id: string | null; over: string | null }>({ id: selectedId, over: selectedId });
  let { id } = kept;
  if (kept.over !== selectedId) {
    id = selectedId ?? id;
    setKept({ id, over: selectedId });
  }
  const set = useCallback((next: string | null) => setKept((old) => ({ ...old, id: next })), []);
  return [id, set];
}

/** Names that are switched on and off. */
function useToggles(): [ReadonlySet<string>, (name: string) => void] {
  const [on, setOn] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((name: string) => {
    setOn((old) => {
      const next = new Set(old);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  }, []);
  return [on, toggle];
}
