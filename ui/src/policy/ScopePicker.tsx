/** Whose policy is looked at, and which policies stand above it. */
import { Autocomplete, Button, MenuItem, TextField } from "@mui/material";
import { useState } from "react";
import { useKeptNames } from "./kept";
import type { Scope } from "./calls";
import styles from "./policy.module.css";
import { sourceWords } from "./lines";
import { roleWords } from "../shell/words";
import { ORGANISATION, ROLES, kindOf, scopeKey, scopeOfWords, scopeWords, writeScope, type ScopeKind } from "./scope";
import { t } from "./texts";
import { DRAFTS } from "./useDraft";
import { useKnown } from "./useKnown";
import { usePolicy, type Access } from "./usePolicy";

interface Props {
  scope: Scope;
  access: Access;
  onPick: (scope: Scope) => void;
}

const KINDS = { default: "kind_default", role: "kind_role", person: "kind_person" } as const;

export function ScopePicker({ scope, access, onPick }: Props) {
  const known = useKnown(access);
  const [kind, setKind] = useState<ScopeKind>(kindOf(scope));
  const [user, setUser] = useState(kindOf(scope) === "person" ? scope.user : "");
  const [repo, setRepo] = useState(scope.repo ?? "");
  const chosen: Scope = { user: user.trim(), repo: repo.trim() === "" ? null : repo.trim() };
  const ready = chosen.user !== "" && !chosen.user.includes(":") && chosen.user !== "default";
  const pickKind = (next: ScopeKind) => {
    setKind(next);
    if (next === "default") onPick(ORGANISATION);
    if (next === "role") onPick({ user: "role:developer", repo: null });
  };
  return (
    <section className={styles.picker} aria-label={t("whose")}>
      <form
        className={styles.pick}
        onSubmit={(event) => {
          event.preventDefault();
          if (kind === "person" && ready) onPick(chosen);
        }}
      >
        <TextField select label={t("whose")} value={kind} onChange={(event) => pickKind(event.target.value as ScopeKind)}>
          {(Object.keys(KINDS) as ScopeKind[]).map((name) => (
            <MenuItem key={name} value={name}>
              {t(KINDS[name])}
            </MenuItem>
          ))}
        </TextField>
        {kind === "role" && (
          <TextField select label={t("role")} value={scope.user.replace("role:", "")} onChange={(event) => onPick({ user: `role:${event.target.value}`, repo: null })}>
            {ROLES.map((role) => (
              <MenuItem key={role} value={role}>
                {roleWords(role)}
              </MenuItem>
            ))}
          </TextField>
        )}
        {kind === "person" && (
          <>
            <Name label={t("person")} value={user} options={known.people} onChange={setUser} />
            <Name label={t("repo")} value={repo} options={known.repos} onChange={setRepo} hint={t("repo_hint")} />
            <Button type="submit" variant="outlined" disabled={!ready || scopeKey(chosen) === scopeKey(scope)}>
              {t("show")}
            </Button>
          </>
        )}
      </form>
      <Chain scope={scope} />
      <Elsewhere scope={scope} saved={known.scopes} />
    </section>
  );
}

function Name(props: { label: string; value: string; options: string[]; hint?: string; onChange: (value: string) => void }) {
  return (
    <Autocomplete
      freeSolo
      openOnFocus
      options={props.options}
      inputValue={props.value}
      onInputChange={(_, value) => props.onChange(value)}
      renderInput={(params) => <TextField {...params} label={props.label} helperText={props.hint} />}
    />
  );
}

/** What is looked at for this scope, the most special first; the first one saved is in force, whole. */
function Chain({ scope }: { scope: Scope }) {
  const { data } = usePolicy(scope);
  if (!data?.chain || data.chain.length < 2) return null;
  return (
    <ol className={styles.chain} aria-label={t("chain")}>
      {data.chain.map(({ scope: words, version, wins }) => {
        const at = scopeOfWords(words);
        const here = at !== null && scopeKey(at) === scopeKey(scope);
        return (
          <li key={words} data-wins={wins}>
            {at === null || here ? <b>{sourceWords(words)}</b> : <a href={`#/policy?${writeScope(at)}`}>{scopeWords(at)}</a>}
            <span className={styles.quiet}>
              {wins ? ` ● ${t("in_force")}` : ""}
              {` · ${version > 0 ? t("version", { version }) : t("not_saved")}`}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Other scopes with a policy of their own, or with changes that were not saved. */
function Elsewhere({ scope, saved }: { scope: Scope; saved: Scope[] }) {
  const drafts = new Set(useKeptNames(DRAFTS).map((name) => name.slice(DRAFTS.length)));
  const words = (key: string): Scope => {
    const [user = "", repo] = key.split(" in ");
    return { user, repo: repo ?? null };
  };
  const all = new Map([...saved, ...[...drafts].map(words)].map((other) => [scopeKey(other), other]));
  all.delete(scopeKey(scope));
  if (all.size === 0) return null;
  return (
    <details className={styles.elsewhere}>
      <summary>{t("elsewhere", { count: all.size })}</summary>
      <ul>
        {[...all].map(([key, other]) => (
          <li key={key}>
            <a href={`#/policy?${writeScope(other)}`}>{scopeWords(other)}</a>
            {drafts.has(key) && <span className={styles.tag}>{t("unsaved")}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
