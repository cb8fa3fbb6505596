/** Reading the record: its pages, one chain, and the kept part of it. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { RecordStatus, Step, Verification } from "../api/types";
import { useParts } from "../state/console";
import { asQuery, readFilters } from "./filters";

const KEPT = ["state", "kept-record"] as const;

export function useEntries(query: string) {
  const { client } = useParts();
  return useInfiniteQuery({
    queryKey: ["record", query],
    queryFn: ({ pageParam }) => client.record(asQuery(readFilters(query)), pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
    // What was read may have grown since the screen was last open.
    staleTime: 5_000,
  });
}

/** One entry by its place, as a permalink names it. `null`: nothing is asked for. */
export function useEntry(index: number | null) {
  const { client } = useParts();
  return useQuery({
    queryKey: ["record", "entry", index],
    queryFn: () => client.entry(index ?? 0),
    enabled: index !== null,
    // An entry never changes; only what it says may be erased.
    staleTime: 60_000,
  });
}

export function useTrail(actionId: string | null) {
  const { client } = useParts();
  return useQuery({
    queryKey: ["record", "trail", actionId],
    queryFn: () => client.trail(actionId ?? ""),
    enabled: actionId !== null,
    staleTime: 5_000,
  });
}

/** The kept part; it is asked for again whenever the console's state changes. */
export function useKept() {
  const { client } = useParts();
  return useQuery<RecordStatus>({
    queryKey: KEPT,
    queryFn: () => client.transport.record?.status() ?? Promise.reject(new Error("nothing is kept here")),
    enabled: client.transport.record !== undefined,
  });
}

export interface Verifying {
  /** While one runs. */
  step: Step | null;
  running: boolean;
  /** The name of the file that was verified, and what was found. */
  result: { file: string | null; found: Verification } | null;
  error: unknown;
  start: (file: { path: string; vkey?: string } | null) => void;
  cancel: () => void;
  dismiss: () => void;
}

export function useVerifying(): Verifying {
  const { client } = useParts();
  const cache = useQueryClient();
  const [running, setRunning] = useState(false);
  const [step, setStep] = useState<Step | null>(null);
  const [result, setResult] = useState<Verifying["result"]>(null);
  const [error, setError] = useState<unknown>(null);
  const kept = client.transport.record;

  const start = useCallback(
    (file: { path: string; vkey?: string } | null) => {
      if (!kept || running) return;
      setRunning(true);
      setStep(null);
      setResult(null);
      setError(null);
      kept
        .verify(file, setStep)
        .then((found) => {
          if (found) setResult({ file: file?.path ?? null, found });
          return cache.invalidateQueries({ queryKey: KEPT });
        })
        .catch((thrown: unknown) => setError(thrown))
        .finally(() => setRunning(false));
    },
    [kept, running, cache],
  );
  return {
    step,
    running,
    result,
    error,
    start,
    cancel: () => void kept?.cancel(),
    dismiss: () => {
      setResult(null);
      setError(null);
    },
  };
}
