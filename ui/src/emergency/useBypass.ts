/** Reads bypasses, signs their steps, ends them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { BypassDetail, BypassList, BypassStep, BypassView } from "../api/types";
import { useParts } from "../state/console";
import { EMERGENCY } from "./useStops";

const ROOT = "/api/governance/bypass";

function useHttp() {
  return httpOver(useParts().client.transport);
}

export function useBypasses() {
  const http = useHttp();
  // Who is connected, and so who could confirm, changes without an entry in the ledger.
  return useQuery<BypassList>({ queryKey: [...EMERGENCY, "bypasses"], queryFn: () => need(http.GET(ROOT)), refetchInterval: 30_000 });
}

/** One with what ran under it, kept live by the stream. */
export function useBypassDetail(id: string) {
  const http = useHttp();
  return useQuery<BypassDetail>({
    queryKey: [...EMERGENCY, "bypass", id],
    queryFn: () => need(http.GET(`${ROOT}/{id}`, { params: { path: { id } } })),
  });
}

export function useStep(onDone: (view: BypassView) => void) {
  const { bypass } = useParts().client.transport;
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ step, passphrase }: { step: BypassStep; passphrase?: string }) => bypass.sign(step, passphrase),
    // A refusal may have counted a wrong number.
    onSettled: () => cache.invalidateQueries({ queryKey: EMERGENCY }),
    onSuccess: onDone,
  });
}

/** Ends one in force, or takes one back that nobody confirmed. */
export function useEndBypass(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => need(http.DELETE(`${ROOT}/{id}`, { params: { path: { id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: EMERGENCY }),
    onSuccess: onDone,
  });
}
