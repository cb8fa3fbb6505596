/** What the screen reads, and who may change it. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { asApiError } from "../api/problem";
import { useConsoleState, useParts } from "../state/console";
import { callsOver, type Answer, type Calls, type PolicyRequest, type Scope, type TextKind } from "./calls";
import { scopeKey } from "./scope";

const ROOT = "policy";

export function useCalls(): Calls {
  const { client } = useParts();
  return useMemo(() => callsOver(client.transport), [client]);
}

/** Somebody else may have saved since this was read: it is read again whenever it is shown, and on coming back. */
const FRESH = { refetchOnMount: "always", refetchOnWindowFocus: "always", staleTime: 0 } as const;

export const policyKey = (scope: Scope) => [ROOT, "of", scopeKey(scope)];
export const textKey = (kind: TextKind) => [ROOT, "text", kind];
export const riskKey = (scope: string) => [ROOT, "risk", scope];
export const SETTINGS = [ROOT, "settings"];

export function usePolicy(scope: Scope) {
  const calls = useCalls();
  return useQuery({ queryKey: policyKey(scope), queryFn: () => calls.policy(scope), ...FRESH });
}

export function useDefaults() {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "defaults"], queryFn: calls.defaults });
}

export function useHistory(scope: Scope, on: boolean) {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "history", scopeKey(scope)], queryFn: () => calls.history(scope), enabled: on, ...FRESH });
}

export function useProposals(on: boolean) {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "proposals"], queryFn: calls.proposals, enabled: on, ...FRESH });
}

export function useSuggestions() {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "suggestions"], queryFn: calls.suggestions, ...FRESH });
}

export function useText(kind: TextKind) {
  const calls = useCalls();
  return useQuery({ queryKey: textKey(kind), queryFn: () => calls.text(kind), ...FRESH });
}

export function useRisk(scope: string) {
  const calls = useCalls();
  return useQuery({ queryKey: riskKey(scope), queryFn: () => calls.risk(scope), ...FRESH });
}

export function useRiskHistory(scope: string, on: boolean) {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "risk-history", scope], queryFn: () => calls.riskHistory(scope), enabled: on, ...FRESH });
}

export function useSettings() {
  const calls = useCalls();
  return useQuery({ queryKey: SETTINGS, queryFn: calls.settings, ...FRESH });
}

export function useSettingsHistory(on: boolean) {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "settings-history"], queryFn: calls.settingsHistory, enabled: on, ...FRESH });
}

/** Entries of the record about one kind of change. */
export function useChanges(kind: string, on: boolean) {
  const calls = useCalls();
  return useQuery({ queryKey: [ROOT, "changes", kind], queryFn: () => calls.changes(kind), enabled: on, ...FRESH });
}

/** Everything of this screen is read again. */
export function useReadAgain(): () => Promise<void> {
  const cache = useQueryClient();
  return useCallback(() => cache.invalidateQueries({ queryKey: [ROOT] }), [cache]);
}

/**
 * What the server answered to a save is what is in force from now on; whatever was being read before that is dropped. Then
 * everything is read again, also the fields that such an answer never has: those stay as they were until then.
 */
export function useSaved(): <T>(key: readonly string[], answer: Answer<T>, lacks?: readonly (keyof T)[]) => Promise<void> {
  const cache = useQueryClient();
  return useCallback(
    async <T,>(key: readonly string[], answer: Answer<T>, lacks: readonly (keyof T)[] = []) => {
      if (answer.state === "saved") {
        await cache.cancelQueries({ queryKey: key, exact: true });
        cache.setQueryData<T>(key, (before) => {
          const stays = lacks.filter((name) => before !== undefined && name in (before as object));
          return { ...answer.now, ...Object.fromEntries(stays.map((name) => [name, before?.[name]])) };
        });
      }
      await cache.invalidateQueries({ queryKey: [ROOT] });
    },
    [cache],
  );
}

const FOLLOW_MS = 1_000;
const FOLLOWED = ["of", "proposals", "text", "settings", "risk"] as const;

/** What others save is read again soon after it happened, at most once a second. */
export function useFollow(): void {
  const { client } = useParts();
  const cache = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const read = () => {
      timer = null;
      for (const part of FOLLOWED) void cache.invalidateQueries({ queryKey: [ROOT, part] });
    };
    const stop = client.transport.subscribe(({ topics }) => {
      if (topics.includes("approvals")) timer ??= setTimeout(read, FOLLOW_MS);
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client, cache]);
}

/** A value once it has rested for a moment. */
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

const REST_MS = 350;

/** The draft tried on what was decided; asked once the person stops moving things. */
export function usePreview(user: string, request: PolicyRequest | null) {
  const calls = useCalls();
  const text = useRested(request === null ? null : JSON.stringify(request), REST_MS);
  const resting = text === (request === null ? null : JSON.stringify(request));
  const query = useQuery({
    queryKey: [ROOT, "preview", user, text],
    queryFn: () => calls.preview(user, JSON.parse(text ?? "null") as PolicyRequest),
    enabled: text !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return { query, working: !resting || query.isFetching };
}

/** Whether this person may change policies now, and if not, why. */
export interface Access {
  edits: boolean;
  /** May read policies of others. */
  seesAll: boolean;
  reads: { audit: boolean; policy: boolean };
  why: "offline" | "role" | "unknown" | null;
  role: string;
  /** Roles that may change them. */
  who: string[];
}

/** Roles with a right, by the matrix that the guardrails come to: `edit_policy: admin`. */
export function rolesWith(matrix: string, right: string): string[] {
  const line = matrix.split("\n").find((text) => text.startsWith(`${right}: `));
  return (line?.slice(right.length + 2) ?? "").split(" ").filter((role) => role !== "" && role !== "nobody");
}

export function useAccess(): Access {
  const state = useConsoleState().data;
  const rules = useText("guardrails");
  const role = state?.role ?? "";
  const matrix = rules.data?.matrix ?? "";
  const has = (right: string) => rolesWith(matrix, right).includes(role);
  const known = matrix !== "";
  const online = state?.online ?? false;
  const refused = rules.isError && asApiError(rules.error).code === "forbidden";
  const why = online ? (has("edit_policy") ? null : known || refused ? "role" : "unknown") : "offline";
  return {
    edits: why === null,
    seesAll: has("see_all"),
    reads: { audit: has("read_audit"), policy: !refused },
    why,
    role,
    who: rolesWith(matrix, "edit_policy"),
  };
}
