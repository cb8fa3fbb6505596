/** Saved versions of settings: who, when, why, what changed. */
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import type { SettingsVersion } from "./calls";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { t } from "./texts";
import { useRiskHistory, useSettingsHistory } from "./usePolicy";
import { VersionHead } from "./VersionHead";

interface Query {
  data?: SettingsVersion[] | undefined;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

export function RiskHistory({ scope }: { scope: string }) {
  const [open, setOpen] = useState(false);
  return <Versions query={useRiskHistory(scope, open)} open={open} onOpen={setOpen} />;
}

export function SettingsHistory() {
  const [open, setOpen] = useState(false);
  return <Versions query={useSettingsHistory(open)} open={open} onOpen={setOpen} />;
}

function Versions({ query, open, onOpen }: { query: Query; open: boolean; onOpen: (open: boolean) => void }) {
  const { data, isError, error, refetch } = query;
  return (
    <details className={styles.history} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary>{t("history")}</summary>
      {open && !data && !isError && <Waiting rows={3} />}
      {isError && <NotRead error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className={styles.quiet}>{t("history_empty")}</p>}
      <ol>
        {data?.map((version) => (
          <li key={version.ledger_index}>
            <VersionHead {...version} />
            <ul>
              {version.changed.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </details>
  );
}
