/**
 * What every screen reads: the client, the server's clock, and the cached answers that transport events keep fresh.
 */
import { QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { createApi, mergeApprovals, type Client } from "../api/client";
import type { Transport } from "../api/transport";
import type { ApprovalView, ConsoleState } from "../api/types";
import { noteArrival, withArrivals } from "./arrivals";
import { allSpoken, spoken } from "../words/spoken";
import { ServerClock } from "./clock";

interface Parts {
  client: Client;
  clock: ServerClock;
}

const Context = createContext<Parts | null>(null);

export const STATE = ["state"] as const;
export const APPROVALS = ["approvals"] as const;
export const OUTBOX = ["outbox"] as const;
export const approvalKey = (id: string) => ["approval", id] as const;

/** A cache that is fed by events: nothing is fetched again on its own, and a missing network does not pause it. */
export function newQueryClient(): QueryClient {
  const shared = { networkMode: "always", retry: false } as const;
  return new QueryClient({
    defaultOptions: {
      queries: { ...shared, staleTime: Number.POSITIVE_INFINITY, gcTime: 600_000, refetchOnWindowFocus: false },
      mutations: shared,
    },
  });
}

export function ConsoleProvider(props: { transport: Transport; clock?: ServerClock; children: ReactNode }) {
  const { transport, clock } = props;
  const parts = useMemo(
    () => ({ client: createApi(transport), clock: clock ?? new ServerClock() }),
    [transport, clock],
  );
  return (
    <Context.Provider value={parts}>
      <Follow parts={parts} />
      {props.children}
    </Context.Provider>
  );
}

/** Turns transport events into cache updates. */
function Follow({ parts }: { parts: Parts }) {
  const cache = useQueryClient();
  useEffect(
    () =>
      parts.client.transport.subscribe(({ topics, approval }) => {
        if (approval) {
          storeApproval(cache, approval);
          // An event carries no discussion, and not who was told: whoever shows them reads them again.
          void cache.invalidateQueries({ queryKey: approvalKey(approval.id) });
        }
        for (const topic of topics) void cache.invalidateQueries({ queryKey: [topic] });
        if (topics.includes("approvals")) void cache.invalidateQueries({ queryKey: ["approval"] });
      }),
    [cache, parts],
  );
  return null;
}

function newer(old: ApprovalView | undefined, approval: ApprovalView): ApprovalView {
  return old && old.version > approval.version ? old : approval;
}

/** With what only a request read by itself carries, as it was last known. */
function whole(old: ApprovalView, next: ApprovalView): ApprovalView {
  const discussion = next.discussion?.length ? next.discussion : old.discussion;
  const told = next.told?.length ? next.told : old.told;
  return { ...next, ...(discussion && { discussion }), ...(told && { told }) };
}

/** Puts one approval into the list and its own entry; an older version changes nothing. */
export function storeApproval(cache: QueryClient, approval: ApprovalView): void {
  noteArrival(cache, approval);
  cache.setQueryData<ApprovalView>(approvalKey(approval.id), (old) => (old ? whole(old, newer(old, approval)) : approval));
  cache.setQueryData<ApprovalView[]>(APPROVALS, (list) => list && mergeApprovals(list, [approval]));
}

export function useParts(): Parts {
  const parts = useContext(Context);
  if (!parts) throw new Error("ConsoleProvider is missing");
  return parts;
}

export function useConsoleState() {
  const { client, clock } = useParts();
  return useQuery<ConsoleState>({
    queryKey: STATE,
    queryFn: async () => {
      const state = await client.transport.state();
      clock.read(state.server_time);
      return state;
    },
  });
}

export function useApprovals() {
  const { client } = useParts();
  const cache = useQueryClient();
  return useQuery<ApprovalView[]>({ queryKey: APPROVALS, queryFn: () => withArrivals(cache, () => client.approvals()), select: allSpoken() });
}

/** One approval; shows the list's copy at once and reads it fresh behind. */
export function useApproval(id: string) {
  const { client } = useParts();
  const cache = useQueryClient();
  return useQuery<ApprovalView>({
    queryKey: approvalKey(id),
    queryFn: async () => {
      const read = await client.approval(id);
      return newer(cache.getQueryData<ApprovalView>(approvalKey(id)), read);
    },
    select: spoken(),
    placeholderData: () => cache.getQueryData<ApprovalView[]>(APPROVALS)?.find((a) => a.id === id),
  });
}

/** The title of a request in the reader's language, where it is in the list; else what is given. */
export function useTitle(id: string, otherwise: string): string {
  return useApprovals().data?.find((view) => view.id === id)?.title ?? otherwise;
}

export function useOutbox() {
  const { client } = useParts();
  return useQuery({
    queryKey: OUTBOX,
    queryFn: () => client.transport.outbox(),
    enabled: client.transport.kind === "desktop",
  });
}

/** Server time in milliseconds, again every second. */
export function useNow(everyMs = 1000): number {
  const { clock } = useParts();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(clock.now()), everyMs);
    return () => clearInterval(timer);
  }, [clock, everyMs]);
  return now;
}
