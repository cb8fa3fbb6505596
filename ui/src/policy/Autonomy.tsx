/** The policy of one scope: chosen above, changed in the middle, tried beside it, and what it was below. */
import { Waiting } from "../shell/Failure";
import { useConsoleState } from "../state/console";
import { goToSheet } from "../state/route";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { ORGANISATION, readScope, scopeKey, scopeWords, writeScope } from "./scope";
import { ScopePicker } from "./ScopePicker";
import { Sheet } from "./Sheet";
import type { Scope } from "./calls";
import { t } from "./texts";
import { Tuning } from "./Tuning";
import { useDefaults, usePolicy, useRisk, type Access } from "./usePolicy";

export function Autonomy({ query, access }: { query: string; access: Access }) {
  const user = useConsoleState().data?.user ?? null;
  const own: Scope = user === null ? ORGANISATION : { user, repo: null };
  const scope = readScope(query, access.seesAll || access.why === "unknown" ? ORGANISATION : own);
  const go = (next: Scope) => goToSheet("policy", "", writeScope(next));
  return (
    <div className={styles.page}>
      <h2>{t("editor", { scope: scopeWords(scope) })}</h2>
      <Tuning query={query} />
      <ScopePicker key={scopeKey(scope)} scope={scope} access={access} onPick={go} />
      <Loaded key={`of ${scopeKey(scope)}`} scope={scope} access={access} />
    </div>
  );
}

function Loaded({ scope, access }: { scope: Scope; access: Access }) {
  const [policy, defaults] = [usePolicy(scope), useDefaults()];
  const risk = useRisk("default");
  const again = () => {
    void policy.refetch();
    void defaults.refetch();
  };
  if (policy.data && defaults.data)
    return (
      <Sheet
        scope={scope}
        access={access}
        view={policy.data}
        defaults={defaults.data}
        levels={risk.data?.in_force.levels ?? null}
        onReadAgain={async () => (await policy.refetch()).data?.version}
      />
    );
  if (policy.isError) return <NotRead error={policy.error} onRetry={again} mine />;
  if (defaults.isError) return <NotRead error={defaults.error} onRetry={again} mine />;
  return <Waiting rows={6} />;
}
