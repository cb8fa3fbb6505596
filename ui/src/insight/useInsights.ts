/** Reads the aggregates of a period. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import { useParts } from "../state/console";
import { asQuery, readAsked } from "./period";

type Wire = components["schemas"]["Insights"];
/** The pairs of the distribution as the client types them. */
export type Insights = Omit<Wire, "time_to_decide_spread"> & { time_to_decide_spread: number[][] };

export function useInsights(query: string) {
  const { client, clock } = useParts();
  return useQuery<Insights>({
    queryKey: ["insights", query],
    queryFn: () =>
      need(
        httpOver(client.transport).GET("/api/governance/audit/insights", {
          params: { query: asQuery(readAsked(query), clock.now()) },
        }),
      ),
    // The last picture stays until the next is there, so that a change of period does not flash.
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
