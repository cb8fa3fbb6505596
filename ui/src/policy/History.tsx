/** Every saved version: who, when, why, what changed; and the way back to one. */
import { Button } from "@mui/material";
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import { Changes } from "./Changes";
import type { Answer, PolicyVersion, PolicyView, Scope } from "./calls";
import { differences, draftOf, type Draft } from "./draft";
import { linesOf } from "./lines";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { SaveDialog } from "./SaveDialog";
import { t } from "./texts";
import { useCalls, useHistory, useSettings, type Access } from "./usePolicy";
import { VersionHead } from "./VersionHead";

interface Props {
  scope: Scope;
  access: Access;
  version: number;
  now: Draft;
  onDone: (answer: Answer<PolicyView>) => void;
  onConflict: () => void;
}

export function History(props: Props) {
  const [open, setOpen] = useState(false);
  const history = useHistory(props.scope, open);
  const [back, setBack] = useState<PolicyVersion | null>(null);
  return (
    <details className={styles.history} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("history")}</summary>
      {history.isPending && open && <Waiting rows={3} />}
      {history.isError && <NotRead error={history.error} onRetry={() => void history.refetch()} />}
      {history.data?.length === 0 && <p className={styles.quiet}>{t("history_empty")}</p>}
      <ol>
        {history.data?.map((version, at) => (
          <li key={version.ledger_index}>
            <VersionHead {...version} />
            <What version={version} before={history.data[at + 1]} />
            {props.access.edits && version.policy && version.version !== props.version && (
              <Button size="small" variant="outlined" onClick={() => setBack(version)}>
                {t("revert", { version: version.version })}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {back?.policy && <Back {...props} to={back} policy={back.policy} onClose={() => setBack(null)} />}
    </details>
  );
}

function What({ version, before }: { version: PolicyVersion; before: PolicyVersion | undefined }) {
  if (!version.policy) return <p className={styles.quiet}>{t("erased")}</p>;
  if (before?.policy) return <Changes lines={linesOf(differences(draftOf(before.policy), draftOf(version.policy)))} label={t("what_changes")} />;
  return <p className={styles.quiet}>{version.version === 1 ? t("first_version") : version.changed.join("; ")}</p>;
}

function Back({ to, policy, ...props }: Props & { to: PolicyVersion; policy: PolicyView; onClose: () => void }) {
  const calls = useCalls();
  const settings = useSettings();
  const [reason, setReason] = useState("");
  const changes = differences(props.now, draftOf(policy));
  return (
    <SaveDialog
      title={t("revert_title", { version: to.version })}
      looser={changes.some(({ looser }) => looser)}
      second={settings.data?.second_person_for_loosening ?? true}
      reason={reason}
      onReason={setReason}
      save={(why) => calls.revert(props.scope, to.version, props.version, why)}
      onDone={(answer) => {
        props.onClose();
        props.onDone(answer);
      }}
      onConflict={() => {
        props.onClose();
        props.onConflict();
      }}
      onClose={props.onClose}
    >
      <p>{t("revert_what")}</p>
      <Changes lines={linesOf(changes)} label={t("what_changes")} />
    </SaveDialog>
  );
}
