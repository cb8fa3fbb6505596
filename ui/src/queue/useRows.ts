/** From everything that is known to the rows of a tab: who they wait for, what is searched, in which order, under which heading. */
import { useDeferredValue, useMemo } from "react";
import type { ApprovalView, ConsoleState } from "../api/types";
import { search } from "./filter";
import { floods, without } from "./flood";
import { itemsOf } from "./group";
import { isSnoozed, placesOf, startOfDay, type Places } from "./places";
import { readQuery } from "./query";
import { useArrangement } from "./useArrangement";
import type { Shown, TabName } from "./views";

interface Asked {
  all: ApprovalView[];
  byId: ReadonlyMap<string, ApprovalView>;
  console: ConsoleState | undefined;
  shown: Shown;
  frozen: boolean;
  now: number;
  /** Floods whose rows are shown each. */
  opened: ReadonlySet<string>;
  /** Groups whose rows are not shown. */
  closed: ReadonlySet<string>;
}

const LISTS = new Set<TabName>(["me", "others", "snoozed", "done"]);
export const isList = (tab: TabName): tab is keyof Omit<Places, "earlier"> => LISTS.has(tab);

export function useRows({ all, byId, console, shown, frozen, now, opened, closed }: Asked) {
  const { tab, grouping, sorting } = shown;
  // Time moves requests only when a snooze ends and at midnight.
  const asleep = useMemo(() => all.filter((view) => view.snoozed_until != null), [all]);
  const snoozed = asleep.filter((view) => isSnoozed(view, now)).length;
  const day = startOfDay(now);
  const minute = Math.floor(now / 60_000) * 60_000;
  // oxlint-disable-next-line react/exhaustive-deps
  const places = useMemo(() => placesOf(all, console, now), [all, console?.user, console?.role, snoozed, day]);

  const query = useMemo(() => readQuery(shown.query), [shown.query]);
  const text = useDeferredValue(shown.query);
  const wanted = useMemo(() => readQuery(text), [text]);
  const timed = wanted.terms.some(({ test }) => test.kind === "age" || test.kind === "left") ? minute : 0;
  const found = useMemo(() => (isList(tab) ? search(places[tab], wanted, timed) : NOTHING), [places, tab, wanted, timed]);
  // What was put off stands by its end, what is done by when it ended.
  const order = tab === "me" || tab === "others" ? sorting : "given";
  const arranged = useArrangement(found, { frozen, now, sorting: order, scope: `${tab}\n${text}` });
  const listed = useMemo(() => arranged.rows.map(({ id }) => byId.get(id)).filter((view) => view !== undefined), [arranged.rows, byId]);
  const gone = useMemo(() => new Set(arranged.rows.filter((row) => row.goneAt !== null).map((row) => row.id)), [arranged.rows]);
  const cards = useMemo(() => (tab === "me" ? floods(listed) : []), [tab, listed]);
  const rows = useMemo(() => without(listed, cards, opened), [listed, cards, opened]);
  const items = useMemo(() => itemsOf(rows, tab === "done" ? "none" : grouping, closed), [rows, tab, grouping, closed]);
  /** Rows in the order in which they stand. */
  const standing = useMemo(() => items.flatMap((item) => (item.kind === "row" ? [item.view] : [])), [items]);
  return { byId, places, problems: query.problems, held: arranged.held, admit: arranged.admit, listed, gone, cards, items, order: standing };
}

const NOTHING: ApprovalView[] = [];
