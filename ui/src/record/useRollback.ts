/** Reads whether something can be undone, rehearses it, and asks for it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import { useParts } from "../state/console";

export type Offer = components["schemas"]["OfferView"];
export type RollbackView = components["schemas"]["RollbackView"];
export type Plan = components["schemas"]["PlanView"];

const ROOT = "/api/governance";

function useHttp() {
  return httpOver(useParts().client.transport);
}

/** What is known about one execution without rehearsing it. */
export function useOffer(executionId: string | null) {
  const http = useHttp();
  return useQuery({
    queryKey: ["rollback", "offer", executionId],
    queryFn: async () => {
      const query = { execution_id: executionId ?? "" };
      const [offer] = await need(http.GET(`${ROOT}/rollback/available`, { params: { query } }));
      return offer ?? null;
    },
    enabled: executionId !== null,
    staleTime: 5_000,
  });
}

/** Seconds that the server may wait for news: less than a transport's own patience. */
const LOOK_SECS = 8;

/** A rollback, looked at again until nothing follows by itself. The server answers when its status is another one. */
export function useRollback(id: string | null) {
  const http = useHttp();
  const cache = useQueryClient();
  const queryKey = ["rollback", "one", id];
  return useQuery({
    queryKey,
    queryFn: () => {
      const known = cache.getQueryData<RollbackView>(queryKey);
      const query = known === undefined ? {} : { wait: LOOK_SECS, seen: known.status };
      return need(http.GET(`${ROOT}/rollback/{id}`, { params: { path: { id: id ?? "" }, query } }));
    },
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data?.over === true ? false : 200),
  });
}

export function useAsk() {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { execution_id: string; reason: string; dry_run: boolean }) => need(http.POST(`${ROOT}/rollback`, { body })),
    onSuccess: async (view) => {
      cache.setQueryData(["rollback", "one", view.id], view);
      await cache.invalidateQueries({ queryKey: ["rollback", "offer"] });
    },
  });
}
