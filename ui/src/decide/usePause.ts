/** Pausing an agent together with a reject. What failed is told on every screen, until it is dismissed. */
import { useMutation, useMutationState, useQueryClient, type Mutation } from "@tanstack/react-query";
import { ApiError } from "../api/problem";
import type { Ordered, StopWish } from "../api/types";
import { EMERGENCY, orderStop } from "../emergency/useStops";
import { useParts } from "../state/console";
import { t } from "./texts";

const PAUSE = ["pause"] as const;
/** The longest reason that the server takes, in characters. */
const LONGEST = 500;

/** Pauses an agent, for a reason or for none of its own. */
export function usePause(): (agent: string, reason: string) => void {
  const { client } = useParts();
  const cache = useQueryClient();
  const act = useMutation({
    mutationKey: PAUSE,
    mutationFn: async (wish: StopWish): Promise<Ordered> => {
      const ordered = await orderStop(client, wish);
      if (ordered.state === "refused") throw new ApiError(ordered.code ?? "internal", ordered.message ?? "");
      return ordered;
    },
    onSettled: () => cache.invalidateQueries({ queryKey: EMERGENCY }),
    gcTime: Number.POSITIVE_INFINITY,
  });
  return (agent, reason) => {
    const words = reason.trim().slice(0, LONGEST);
    act.mutate({ scope: "agent", name: agent, reason: words === "" ? t("pause_why") : words });
  };
}

type Failed = Mutation<Ordered, Error, StopWish>;

/** Pauses that failed; and how one is dismissed. */
export function useFailedPauses(): [Failed[], (one: Failed) => void] {
  const cache = useQueryClient();
  const failed = useMutationState({ filters: { mutationKey: PAUSE, status: "error" }, select: (one) => one as Failed });
  return [failed, (one) => cache.getMutationCache().remove(one)];
}
