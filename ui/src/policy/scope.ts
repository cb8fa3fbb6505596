/** Where a policy applies, in the address and in words. */
import { roleWords } from "../shell/words";
import type { Scope } from "./calls";
import { t } from "./texts";

export const ROLES = ["developer", "approver", "oncall", "admin", "agent", "auditor"] as const;
export const ORGANISATION: Scope = { user: "default", repo: null };

/** What kind of scope it is; a repository narrows only a person's. */
export type ScopeKind = "default" | "role" | "person";

export function kindOf({ user }: Scope): ScopeKind {
  if (user === "default") return "default";
  return user.startsWith("role:") ? "role" : "person";
}

/** Reads `scope=alice&repo=payments`; without them, the given one. */
export function readScope(query: string, otherwise: Scope): Scope {
  const fields = new URLSearchParams(query);
  const user = fields.get("scope");
  if (user === null || user === "") return otherwise;
  const repo = fields.get("repo");
  return { user, repo: kindOf({ user, repo }) === "person" && repo !== null && repo !== "" ? repo : null };
}

export function writeScope({ user, repo }: Scope): string {
  return new URLSearchParams({ scope: user, ...(repo === null ? {} : { repo }) }).toString();
}

export const scopeKey = ({ user, repo }: Scope): string => (repo === null ? user : `${user} in ${repo}`);

export function scopeWords(scope: Scope): string {
  const kind = kindOf(scope);
  if (kind === "default") return t("scope_default");
  if (kind === "role") return t("scope_role", { role: roleWords(scope.user.slice("role:".length)) });
  return scope.repo === null ? t("scope_person", { user: scope.user }) : t("scope_repo", { user: scope.user, repo: scope.repo });
}

/** The scope that the server's words name: `policy of alice in payments`, `organisation default`. */
export function scopeOfWords(words: string): Scope | null {
  if (words === "organisation default") return ORGANISATION;
  const role = /^policy of role (.+)$/.exec(words)?.[1];
  if (role !== undefined) return { user: `role:${role}`, repo: null };
  const person = /^policy of (.+?)(?: in (.+))?$/.exec(words);
  return person?.[1] === undefined ? null : { user: person[1], repo: person[2] ?? null };
}
