/**
 * Approvals that arrive by an event while a list is read. The server wrote that list before the event, so taking it as it is
 * would hide the request until somebody reads again: what arrived meanwhile is joined to it.
 */
import type { QueryClient } from "@tanstack/react-query";
import { mergeApprovals } from "../api/client";
import type { ApprovalView } from "../api/types";

const readings = new WeakMap<QueryClient, Set<ApprovalView[]>>();

/** Reads a list; of what arrived meanwhile the higher version wins. */
export async function withArrivals(cache: QueryClient, read: () => Promise<ApprovalView[]>): Promise<ApprovalView[]> {
  const arrived: ApprovalView[] = [];
  const open = readings.get(cache) ?? new Set();
  readings.set(cache, open.add(arrived));
  try {
    return mergeApprovals(await read(), arrived);
  } finally {
    open.delete(arrived);
  }
}

/** Tells every reading under way. */
export function noteArrival(cache: QueryClient, approval: ApprovalView): void {
  readings.get(cache)?.forEach((arrived) => arrived.push(approval));
}
