/**
 * Saved views: what the queue shows, under a name. Each person has their own; they lie in this browser or web view, decide
 * nothing, and a damaged value is as good as none.
 */
import { stored as list } from "../state/stored";
import { GROUPINGS, type Grouping } from "./group";
import { SORTINGS, type Sorting } from "./order";

export const TABS = ["me", "others", "snoozed", "unsent", "done", "repeats"] as const;
export type TabName = (typeof TABS)[number];

/** What the queue shows. */
export interface Shown {
  tab: TabName;
  query: string;
  grouping: Grouping;
  sorting: Sorting;
  /** Groups that are folded, by their keys; absent: none. */
  closed?: readonly string[];
}

export interface View extends Shown {
  name: string;
}

export const FIRST: Shown = { tab: "me", query: "", grouping: "similar", sorting: "pressing", closed: [] };

/** One for each of the keys 1 to 9. */
export const MOST_VIEWS = 9;
const LONGEST_NAME = 40;
const MOST_FOLDS = 100;

const stored = list<View>("navi.queue.views", isView, MOST_VIEWS);

function isView(value: unknown): value is View {
  const { name, query, tab, grouping, sorting, closed } = (value ?? {}) as Record<string, unknown>;
  const isOf = (known: readonly unknown[], one: unknown) => known.includes(one);
  const folds = closed === undefined || (Array.isArray(closed) && closed.every((key) => typeof key === "string"));
  return typeof name === "string" && name !== "" && typeof query === "string" && isOf(TABS, tab) && isOf(GROUPINGS, grouping) && isOf(SORTINGS, sorting) && folds;
}

/** A person's views, in the order they were saved. */
export const views = stored.of;
export const useViews = stored.use;

/**
 * Saves what is shown; a view of the same name is replaced where it stands. `refused`: it has no name, or there is no room for another.
 * `page`: it is there only until the page is closed, because the storage is full or blocked.
 */
export function saveView(user: string, name: string, shown: Shown): "kept" | "page" | "refused" {
  const { tab, query, grouping, sorting, closed = [] } = shown;
  const view: View = { name: name.trim().slice(0, LONGEST_NAME), tab, query, grouping, sorting, closed: closed.slice(0, MOST_FOLDS) };
  const old = views(user);
  const at = old.findIndex((one) => one.name === view.name);
  if (view.name === "" || (at < 0 && old.length >= MOST_VIEWS)) return "refused";
  return stored.keep(user, at < 0 ? [...old, view] : old.with(at, view)) ? "kept" : "page";
}

export function removeView(user: string, name: string): void {
  stored.keep(user, views(user).filter((view) => view.name !== name));
}
