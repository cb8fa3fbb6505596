/** What allow rules ask the server. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { httpOver, need } from "../api/client";
import { ApiError } from "../api/problem";
import type { components } from "../api/schema.gen";
import type { Transport } from "../api/transport";
import { useParts } from "../state/console";

type Schemas = components["schemas"];
export type AllowDrafts = Schemas["AllowDrafts"];
export type AllowDraft = Schemas["AllowDraft"];
export type AllowExample = Schemas["AllowExample"];
export type AllowRuleView = Schemas["AllowRuleView"];
export type AllowRequest = Schemas["AllowRequest"];

const ROOT = "/api/governance";
const RULES = ["policy", "allow-rules"];

function callsOver(transport: Transport) {
  const http = httpOver(transport);
  return {
    drafts: (id: string) => need(http.GET(`${ROOT}/approvals/{id}/allow-rules`, { params: { path: { id } } })),
    propose: (id: string, body: AllowRequest) => need(http.POST(`${ROOT}/approvals/{id}/allow-rules`, { params: { path: { id } }, body })),
    rules: () => need(http.GET(`${ROOT}/allow-rules`)),
    end: async (id: string) => {
      const { error, response } = await http.DELETE(`${ROOT}/allow-rules/{id}`, { params: { path: { id } } });
      if (!response.ok) throw ApiError.from(error, response.status);
    },
  };
}

export function useCalls() {
  const { client } = useParts();
  return useMemo(() => callsOver(client.transport), [client]);
}

export function useDrafts(id: string) {
  const calls = useCalls();
  return useQuery({ queryKey: ["policy", "allow-drafts", id], queryFn: () => calls.drafts(id), staleTime: 0, gcTime: 0 });
}

export function useRules() {
  const calls = useCalls();
  return useQuery({ queryKey: RULES, queryFn: calls.rules, refetchOnMount: "always", staleTime: 0 });
}

/** Rules and settings are read again. */
export function useChanged() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: ["policy"] });
}
