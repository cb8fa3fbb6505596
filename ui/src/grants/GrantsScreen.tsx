/** Standing rights: what agents may repeat, and who votes for whom. */
import { Alert } from "@mui/material";
import { Parts } from "../shell/Parts";
import { useConsoleState } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo } from "../state/route";
import { DelegationList } from "./DelegationList";
import { GrantList } from "./GrantList";
import styles from "./grants.module.css";
import { t } from "./texts";

export function GrantsScreen({ path, query }: { path: string; query: string }) {
  const state = useConsoleState().data;
  const delegations = path === "delegations";
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    { words: t("grants"), run: () => globalThis.location.assign("#/grants") },
    { words: t("delegations"), run: () => globalThis.location.assign("#/grants/delegations") },
  ]);
  if (!state) return null;
  return (
    <div className={styles.screen}>
      <h1 className="visually-hidden">{t("grants")}</h1>
      <Parts
        label={t("parts")}
        parts={[
          { href: "#/grants", words: t("grants"), current: !delegations },
          { href: "#/grants/delegations", words: t("delegations"), current: delegations },
        ]}
      />
      <div className={styles.body}>
        {state.online && state.stale && <Alert severity="warning">{t("old")}</Alert>}
        {delegations ? (
          <DelegationList query={query} user={state.user ?? ""} role={state.role ?? ""} online={state.online} />
        ) : (
          <GrantList query={query} online={state.online} />
        )}
      </div>
    </div>
  );
}
