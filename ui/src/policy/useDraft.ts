/** The draft of one scope: kept while it differs from what is in force, and compared with what others save meanwhile. */
import { useEffect, useMemo } from "react";
import type { PolicyView, Scope } from "./calls";
import { differences, draftOf, rebased, type Draft } from "./draft";
import { useKeptDraft } from "./kept";
import { scopeKey } from "./scope";

/** What is kept of a draft: itself, and what it was begun from. */
export interface Kept {
  base: Draft;
  version: number;
  draft: Draft;
  reason: string;
}

const isDraft = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && "level" in value && "threshold" in value && "lanes" in value;

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" &&
  value !== null &&
  "base" in value &&
  "draft" in value &&
  "version" in value &&
  "reason" in value &&
  isDraft(value.base) &&
  isDraft(value.draft);

export const DRAFTS = "policy.";

export function useDraft(scope: Scope, view: PolicyView) {
  const [kept, keep] = useKeptDraft(`${DRAFTS}${scopeKey(scope)}`, isKept);
  const [putAside, setAside] = useKeptDraft(`aside.${scopeKey(scope)}`, isKept);
  const server = useMemo(() => draftOf(view), [view]);
  const draft = kept?.draft ?? server;
  const same = kept !== null && differences(server, kept.draft).length === 0;
  // Saved already, by me without an answer or by somebody who meant the same.
  useEffect(() => {
    if (same) keep(null);
  }, [same, keep]);
  const conflict = kept !== null && !same && (kept.version !== view.version || differences(kept.base, server).length > 0);
  return {
    kept,
    draft,
    server,
    conflict,
    reason: kept?.reason ?? "",
    putAside,
    change(next: Draft) {
      if (differences(kept?.base ?? server, next).length === 0 && !conflict) keep(null);
      else keep({ base: kept?.base ?? server, version: kept?.version ?? view.version, draft: next, reason: kept?.reason ?? "" });
    },
    because(reason: string) {
      if (kept) keep({ ...kept, reason });
    },
    forget: () => keep(null),
    /** My changes on top of what is saved now. */
    carryOver() {
      if (!kept) return;
      const next = rebased(kept.base, kept.draft, server);
      keep(differences(server, next).length === 0 ? null : { ...kept, base: server, version: view.version, draft: next });
    },
    /** What is saved now; mine is put aside and can be brought back. */
    takeTheirs() {
      setAside(kept);
      keep(null);
    },
    bringBack() {
      if (!putAside) return;
      keep({ ...putAside, base: server, version: view.version, draft: rebased(putAside.base, putAside.draft, server) });
      setAside(null);
    },
  };
}
