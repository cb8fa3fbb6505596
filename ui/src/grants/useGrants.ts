/** Reads and changes grants and delegations. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import { useParts } from "../state/console";

export type DelegationRequest = components["schemas"]["DelegationRequest"];

const GRANTS = ["grants", "list"] as const;
const DELEGATIONS = ["delegations"] as const;
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

export function useRevoke(onDone: () => void) {
  const { client } = useParts();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => client.revokeGrant(id),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: ["grants"] });
    },
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
