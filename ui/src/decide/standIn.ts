/** For whom else a person may decide a request: those whose delegation to them is in force. The server enforces it again. */
import { useQuery } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import type { ApprovalView, ConsoleState } from "../api/types";
import { useParts } from "../state/console";
import { mayDecide } from "./eligibility";

export type DelegationView = components["schemas"]["DelegationView"];

/** Under `rights`, so that it is read again when a delegation begins or ends. */
export const DELEGATIONS = ["rights", "delegations"] as const;

/** The delegations under which `user` may cast this vote; one for each absent person. `now` in milliseconds. Pure. */
export function standsFor(view: ApprovalView, user: string, all: readonly DelegationView[], now: number): DelegationView[] {
  // One person fills one place: nobody votes for another beside themself, nor for one whose place is filled.
  const isFilled = (who: string) => view.votes.some((vote) => vote.user === who || vote.for_user === who);
  if (isFilled(user) || view.requester === user) return [];
  const decides = (who: string) => view.deciders.length === 0 || view.deciders.includes(who);
  const holds = (d: DelegationView) => d.revoked_at == null && d.starts_at / 1000 <= now && now <= d.ends_at / 1000;
  const found = all.filter((d) => d.to === user && d.from !== view.requester && holds(d) && decides(d.from) && !isFilled(d.from));
  const latest = found.toSorted((a, b) => b.ends_at - a.ends_at);
  return latest.filter((d, at) => latest.findIndex((one) => one.from === d.from) === at);
}

export function useStandsFor(view: ApprovalView, console: ConsoleState, now: number): DelegationView[] {
  const { client } = useParts();
  const asked = useQuery({
    queryKey: DELEGATIONS,
    queryFn: () => need(httpOver(client.transport).GET("/api/governance/delegations")),
    enabled: mayDecide(console),
    staleTime: 30_000,
  });
  return standsFor(view, console.user ?? "", asked.data ?? [], now);
}
