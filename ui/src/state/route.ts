/** Where the page is, kept in the hash so that links work in both transports. */
import { useSyncExternalStore } from "react";

export type Route =
  | { at: "queue"; approvalId: string | null; tab: string | null }
  | { at: "record"; index: number | null; query: string }
  | { at: Sheet; path: string; query: string }
  | { at: "enroll"; code: string };

/** Screens that read their own path and query. */
const SHEETS = ["policy", "insight", "grants", "emergency", "oncall", "settings"] as const;
type Sheet = (typeof SHEETS)[number];

/** Reads a hash such as `#/approvals/ID` or `#/enroll?code=nvi_…`. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  if (path === "/enroll") return { at: "enroll", code: new URLSearchParams(query).get("code") ?? "" };
  const entry = /^\/record(?:\/(\d+))?$/.exec(path);
  if (entry) return { at: "record", index: entry[1] === undefined ? null : Number(entry[1]), query };
  const sheet = SHEETS.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
  if (sheet) return { at: sheet, path: path.slice(sheet.length + 2), query };
  const id = /^\/approvals\/([\w-]+)$/.exec(path)?.[1];
  return { at: "queue", approvalId: id ?? null, tab: path === "/" ? new URLSearchParams(query).get("tab") : null };
}

const listen = (changed: () => void) => {
  globalThis.addEventListener("hashchange", changed);
  return () => globalThis.removeEventListener("hashchange", changed);
};

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(listen, () => globalThis.location.hash));
}

export function goTo(approvalId: string | null): void {
  const hash = approvalId === null ? "#/" : `#/approvals/${approvalId}`;
  if (globalThis.location.hash === hash) return;
  globalThis.location.hash = hash;
  // The browser tells it later. A key pressed before that must not act on what was open before.
  globalThis.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** A sheet such as `policy`, at a path inside it. */
export function goToSheet(at: Sheet, path = "", query = ""): void {
  const hash = `#/${at}${path === "" ? "" : `/${path}`}${query === "" ? "" : `?${query}`}`;
  if (globalThis.location.hash !== hash) globalThis.location.hash = hash;
}

/** The record, with its filters; an entry of it, if one is open. */
export function goToRecord(index: number | null, query: string): void {
  const hash = `#/record${index === null ? "" : `/${index}`}${query === "" ? "" : `?${query}`}`;
  if (globalThis.location.hash !== hash) globalThis.location.hash = hash;
}

/** Leaves what was asked for once, an enrolment's code or a tab, out of the address and the history. */
export function forgetAsked(): void {
  globalThis.history.replaceState(null, "", "#/");
  globalThis.dispatchEvent(new HashChangeEvent("hashchange"));
}
