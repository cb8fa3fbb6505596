/** Settings as named texts: kept while they differ from what is saved, and compared with what others save meanwhile. */
import { useEffect } from "react";
import { useKeptDraft } from "./kept";

export type Values = Record<string, string>;

interface Kept {
  base: Values;
  version: number;
  values: Values;
  reason: string;
}

const isValues = (value: unknown): value is Values => typeof value === "object" && value !== null;

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" &&
  value !== null &&
  "base" in value &&
  "values" in value &&
  "version" in value &&
  "reason" in value &&
  isValues(value.base) &&
  isValues(value.values);

/** Names whose text differs, in order. */
export const changedNames = (from: Values, to: Values): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => (from[name] ?? "") !== (to[name] ?? "")).toSorted();

/** What I changed, on top of theirs. */
export const carried = (base: Values, mine: Values, theirs: Values): Values => ({
  ...theirs,
  ...Object.fromEntries(changedNames(base, mine).map((name) => [name, mine[name] ?? ""])),
});

export function useForm(name: string, version: number, server: Values) {
  const [kept, keep] = useKeptDraft(name, isKept);
  const [aside, setAside] = useKeptDraft(`aside.${name}`, isKept);
  const values = kept?.values ?? server;
  const base = kept?.base ?? server;
  const same = kept !== null && changedNames(server, kept.values).length === 0;
  // Saved already, by me without an answer or by somebody who meant the same.
  useEffect(() => {
    if (same) keep(null);
  }, [same, keep]);
  const conflict = kept !== null && !same && (kept.version !== version || changedNames(kept.base, server).length > 0);
  return {
    values,
    server,
    conflict,
    aside,
    reason: kept?.reason ?? "",
    mine: changedNames(base, values),
    theirs: changedNames(base, server),
    base,
    set(field: string, text: string) {
      const next = { ...values, [field]: text };
      if (changedNames(base, next).length === 0 && !conflict) keep(null);
      else keep({ base, version: kept?.version ?? version, values: next, reason: kept?.reason ?? "" });
    },
    because(reason: string) {
      if (kept) keep({ ...kept, reason });
    },
    forget: () => keep(null),
    carryOver() {
      const next = carried(base, values, server);
      keep(changedNames(server, next).length === 0 ? null : { base: server, version, values: next, reason: kept?.reason ?? "" });
    },
    takeTheirs() {
      setAside(kept);
      keep(null);
    },
    bringBack() {
      if (aside) keep({ base: server, version, values: carried(aside.base, aside.values, server), reason: aside.reason });
      setAside(null);
    },
  };
}

export type Form = ReturnType<typeof useForm>;
