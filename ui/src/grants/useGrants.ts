/** Reads and changes grants and delegations. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import { ApiError } from "../api/problem";
import type { components } from "../api/schema.gen";
import type { GrantRevoke, Revoked } from "../api/types";
import { DELEGATIONS } from "../decide/standIn";
import { useParts } from "../state/console";

export type DelegationRequest = components["schemas"]["DelegationRequest"];

const RIGHTS = ["rights"] as const;
const GRANTS = [...RIGHTS, "grants"] as const;
const REVOKES = [...RIGHTS, "revokes"] as const;
const ROOT = "/api/governance";

function useHttp() {
  return httpOver(useParts().client.transport);
}

export function useGrants(live: boolean) {
  const http = useHttp();
  return useQuery({
    queryKey: [...GRANTS, live],
    queryFn: () => need(http.GET(`${ROOT}/grants`, { params: { query: { live } } })),
    // Uses are counted while agents work.
    refetchInterval: 20_000,
    staleTime: 5_000,
  });
}

/** Grants taken back on this machine, by grant; empty where nothing is queued. */
export function useRevokes(): Map<string, GrantRevoke> {
  const { revokes } = useParts().client.transport;
  const found = useQuery({ queryKey: REVOKES, queryFn: () => revokes?.list() ?? [] });
  return new Map((found.data ?? []).map((order) => [order.grantId, order]));
}

/** Whether a grant can be taken back now: where it can be queued, also without a connection. */
export function useCanRevoke(online: boolean): boolean {
  return useParts().client.transport.revokes !== undefined || online;
}

/** Takes a grant back: at once, or queued where that is possible. */
export function useRevoke(onDone: (revoked: Revoked) => void) {
  const { client } = useParts();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<Revoked> => {
      const { revokes } = client.transport;
      if (!revokes) {
        await client.revokeGrant(id);
        return { state: "recorded" };
      }
      const revoked = await revokes.revoke(id);
      if (revoked.state === "refused") throw new ApiError(revoked.code ?? "internal", revoked.message ?? "");
      return revoked;
    },
    onSuccess: onDone,
    onSettled: () => cache.invalidateQueries({ queryKey: RIGHTS }),
  });
}

export function useSettleRevoke() {
  const { revokes } = useParts().client.transport;
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, how }: { id: string; how: "withdraw" | "dismiss" }) => revokes?.[how](id),
    onSettled: () => cache.invalidateQueries({ queryKey: RIGHTS }),
  });
}

/** When and for what a grant was used, newest first, at most fifty. */
export function useUses(id: string) {
  const http = useHttp();
  return useQuery({
    queryKey: [...RIGHTS, "uses", id],
    queryFn: async () => (await need(http.GET(`${ROOT}/audit`, { params: { query: { kind: "grant_used", subject: id, limit: 50 } } }))).items,
  });
}

export function useDelegations() {
  const http = useHttp();
  return useQuery({ queryKey: DELEGATIONS, queryFn: () => need(http.GET(`${ROOT}/delegations`)), staleTime: 5_000 });
}

export function useMake(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: DelegationRequest) => need(http.POST(`${ROOT}/delegations`, { body })),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: DELEGATIONS });
    },
  });
}

export function useEnd(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => need(http.DELETE(`${ROOT}/delegations/{id}`, { params: { path: { id } } })),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: DELEGATIONS });
    },
  });
}
