/** Reads and orders stops. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need, type Client } from "../api/client";
import type { FreezeView, Ordered, StopWish } from "../api/types";
import { useParts } from "../state/console";
import { scopeOf } from "./freeze";
import { t } from "./texts";

export const EMERGENCY = ["emergency"] as const;
const FREEZES = [...EMERGENCY, "freezes"] as const;
const ORDERS = [...EMERGENCY, "orders"] as const;
const ROOT = "/api/governance";

function useHttp() {
  return httpOver(useParts().client.transport);
}

/** Pauses in force, oldest first; offline the desktop answers what it last knew. */
export function useFreezes() {
  const http = useHttp();
  return useQuery<FreezeView[]>({ queryKey: FREEZES, queryFn: () => need(http.GET(`${ROOT}/freeze`)) });
}

/** Stops that wait on this machine. */
export function useOrders() {
  const { stops } = useParts().client.transport;
  return useQuery({ queryKey: ORDERS, queryFn: () => stops?.list() ?? [] });
}

/** Orders a stop: at once, or queued where that is possible. */
export async function orderStop({ transport }: Client, wish: StopWish): Promise<Ordered> {
  if (transport.stops) return transport.stops.stop(wish);
  await need(httpOver(transport).PUT(`${ROOT}/freeze`, { body: wish, headers: { "Idempotency-Key": crypto.randomUUID() } }));
  return { state: "recorded" };
}

export function useStop(onDone: (ordered: Ordered) => void) {
  const { client } = useParts();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (wish: StopWish) => orderStop(client, wish),
    onSuccess: async (ordered) => {
      await cache.invalidateQueries({ queryKey: EMERGENCY });
      onDone(ordered);
    },
  });
}

export function useLift(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => need(http.DELETE(`${ROOT}/freeze/{id}`, { params: { path: { id } } })),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: EMERGENCY });
    },
  });
}

export function useSettleOrder(onDone: (how: "withdraw" | "dismiss") => void) {
  const { stops } = useParts().client.transport;
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, how }: { id: string; how: "withdraw" | "dismiss" }) => {
      await stops?.[how](id);
      return how;
    },
    onSettled: () => cache.invalidateQueries({ queryKey: EMERGENCY }),
    onSuccess: onDone,
  });
}

/** What is stopped, in words. */
export function scopeWords({ scope, name }: { scope: string; name?: string | null }): string {
  const known = scopeOf(scope);
  return known === "everything" ? t("everything") : t(known, { name: name ?? "" });
}
