/** Reads, takes and takes back sealed envelopes. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import type { EnvelopeView } from "../api/types";
import { useParts } from "../state/console";
import { EMERGENCY } from "./useStops";

export type GateView = components["schemas"]["GateView"];
export type EnvelopeRequest = components["schemas"]["EnvelopeRequest"];

const ROOT = "/api/governance";

function useHttp() {
  return httpOver(useParts().client.transport);
}

/** Those handed out; offline the desktop answers those it kept. */
export function useEnvelopes() {
  const http = useHttp();
  return useQuery<EnvelopeView[]>({ queryKey: [...EMERGENCY, "envelopes"], queryFn: () => need(http.GET(`${ROOT}/envelopes`)) });
}

export function useGates(enabled: boolean) {
  const http = useHttp();
  return useQuery<GateView[]>({ queryKey: [...EMERGENCY, "gates"], queryFn: () => need(http.GET(`${ROOT}/gates`)), enabled });
}

export function useTake(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: EnvelopeRequest) => need(http.POST(`${ROOT}/envelopes`, { body })),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: EMERGENCY });
    },
  });
}

export function useRevokeEnvelope(onDone: () => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => need(http.DELETE(`${ROOT}/envelopes/{id}`, { params: { path: { id } } })),
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: EMERGENCY });
    },
  });
}
