/** Earlier texts, read from the record. Loading one fills the draft; saving it is a change like any other. */
import { Button } from "@mui/material";
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import type { AuditEntry, TextKind } from "./calls";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { TextDiff } from "./TextDiff";
import { t } from "./texts";
import { useChanges, type Access } from "./usePolicy";
import { VersionHead } from "./VersionHead";

interface Said {
  text: string;
  version: number;
  reason?: string;
  proposed_by?: string;
  looser?: string[];
}

function saidBy(entry: AuditEntry): Said | null {
  try {
    const said = JSON.parse(entry.payload ?? "null") as Partial<Said> | null;
    return typeof said?.text === "string" && typeof said.version === "number" ? (said as Said) : null;
  } catch {
    // What was erased says nothing.
    return null;
  }
}

interface Props {
  kind: TextKind;
  access: Access;
  now: string;
  onLoad: (text: string) => void;
}

export function TextHistory({ kind, access, now, onLoad }: Props) {
  const [open, setOpen] = useState(false);
  const entries = useChanges(`${kind}_changed`, open);
  const versions = (entries.data ?? []).map((entry) => ({ entry, said: saidBy(entry) }));
  return (
    <details className={styles.history} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("history")}</summary>
      {open && entries.isPending && <Waiting rows={3} />}
      {entries.isError && <NotRead error={entries.error} onRetry={() => void entries.refetch()} />}
      {entries.data?.length === 0 && <p className={styles.quiet}>{t("history_empty")}</p>}
      <ol>
        {versions.map(({ entry, said }, at) => (
          <li key={entry.index}>
            {said ? (
              <>
                <VersionHead {...said} saved_by={entry.actor} saved_at={entry.at} ledger_index={entry.index} />
                <TextDiff before={versions[at + 1]?.said?.text ?? ""} after={said.text} />
                {access.edits && said.text !== now && (
                  <Button size="small" variant="outlined" onClick={() => onLoad(said.text)}>
                    {t("load_version", { version: said.version })}
                  </Button>
                )}
              </>
            ) : (
              <p className={styles.quiet}>{t("erased")}</p>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}
