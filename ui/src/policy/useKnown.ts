/** Names to choose from: people and repositories that requests and saved policies speak of. */
import { useMemo } from "react";
import { useApprovals, useConsoleState } from "../state/console";
import type { AuditEntry, Scope } from "./calls";
import { scopeKey } from "./scope";
import { useChanges, type Access } from "./usePolicy";

/** The scope in the payload of a policy's entry. */
export function savedScope(entry: AuditEntry): Scope | null {
  try {
    const { scope } = JSON.parse(entry.payload ?? "null") as { scope: Record<string, string> };
    if (scope["scope"] === "default") return { user: "default", repo: null };
    if (scope["scope"] === "role") return { user: `role:${scope["role"]}`, repo: null };
    return scope["user"] === undefined ? null : { user: scope["user"], repo: scope["repo"] ?? null };
  } catch {
    // What was erased names no scope.
    return null;
  }
}

const repoIn = (material: unknown): string => {
  const repo = (material as Record<string, unknown> | null)?.["repo"];
  return typeof repo === "string" ? repo : "";
};

export function useKnown(access: Access) {
  const me = useConsoleState().data?.user;
  const approvals = useApprovals().data;
  const entries = useChanges("policy_changed", access.reads.audit).data;
  return useMemo(() => {
    const saved = new Map<string, Scope>();
    for (const scope of (entries ?? []).map(savedScope)) if (scope) saved.set(scopeKey(scope), scope);
    const scopes = [...saved.values()];
    const person = (name: string) => name !== "default" && !name.startsWith("role:");
    const users = [me ?? "", ...(approvals ?? []).map((a) => a.requester), ...scopes.map(({ user }) => user)];
    const repos = [
      ...(approvals ?? []).map(({ material }) => repoIn(material)),
      ...scopes.map(({ repo }) => repo ?? ""),
    ];
    const tidy = (names: string[]) => [...new Set(names)].filter((name) => name !== "").toSorted();
    return { people: tidy(users.filter(person)), repos: tidy(repos), scopes };
  }, [me, approvals, entries]);
}
