/** Saved versions of settings: who, when, why, what changed; and the way back to one. */
import { Button } from "@mui/material";
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import type { Answer, SettingsVersion } from "./calls";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { SaveDialog } from "./SaveDialog";
import { t } from "./texts";
import { toldOf, type Told } from "./Told";
import { SETTINGS, riskKey, useCalls, useReadAgain, useRiskHistory, useSaved, useSettings, useSettingsHistory, type Access } from "./usePolicy";
import { VersionHead } from "./VersionHead";
import { inWords } from "../words/server";

interface Query {
  data?: SettingsVersion[] | undefined;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

interface Way {
  access: Access;
  /** The version in force. */
  version: number;
  onTold: (told: Told) => void;
}

interface Back {
  queryKey: readonly string[];
  revert: (toVersion: number, version: number, reason: string) => Promise<Answer<{ version: number }>>;
}

export function RiskHistory({ scope, ...way }: { scope: string } & Way) {
  const [open, setOpen] = useState(false);
  const calls = useCalls();
  const back = { queryKey: riskKey(scope), revert: (to: number, version: number, reason: string) => calls.revertRisk(scope, to, version, reason) };
  return <Versions query={useRiskHistory(scope, open)} open={open} onOpen={setOpen} way={way} back={back} />;
}

export function SettingsHistory(way: Way) {
  const [open, setOpen] = useState(false);
  const calls = useCalls();
  return <Versions query={useSettingsHistory(open)} open={open} onOpen={setOpen} way={way} back={{ queryKey: SETTINGS, revert: calls.revertSettings }} />;
}

interface VersionsProps {
  query: Query;
  open: boolean;
  onOpen: (open: boolean) => void;
  way: Way;
  back: Back;
}

function Versions({ query, open, onOpen, way, back }: VersionsProps) {
  const { data, isError, error, refetch } = query;
  const [to, setTo] = useState<SettingsVersion | null>(null);
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
              {version.changed.map((change) => (
                <li key={change}>{inWords(version.words, change)}</li>
              ))}
            </ul>
            {way.access.edits && version.version !== way.version && version.version > 0 && (
              <Button size="small" variant="outlined" onClick={() => setTo(version)}>
                {t("revert", { version: version.version })}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {to && <BackTo to={to} since={data?.filter(({ version }) => version > to.version) ?? []} way={way} back={back} onClose={() => setTo(null)} />}
    </details>
  );
}

/** What changed since is taken back. Whether that is looser only the server can say, so a reason is always asked for. */
function BackTo({ to, since, way, back, onClose }: { to: SettingsVersion; since: SettingsVersion[]; way: Way; back: Back; onClose: () => void }) {
  const settings = useSettings();
  const saved = useSaved();
  const readAgain = useReadAgain();
  const [reason, setReason] = useState("");
  return (
    <SaveDialog
      title={t("revert_title", { version: to.version })}
      looser
      second={settings.data?.second_person_for_loosening ?? true}
      maybe
      reason={reason}
      onReason={setReason}
      save={(why) => back.revert(to.version, way.version, why)}
      onDone={(answer) => {
        onClose();
        way.onTold(toldOf(answer));
        void saved(back.queryKey, answer);
      }}
      onConflict={() => {
        onClose();
        way.onTold({ state: "text", text: t("revert_conflict") });
        void readAgain();
      }}
      onClose={onClose}
    >
      <p>{t("revert_what")}</p>
      <p>{t("revert_since")}</p>
      <ul>
        {since.flatMap((version) => version.changed.map((change) => <li key={`${version.version} ${change}`}>{inWords(version.words, change)}</li>))}
      </ul>
    </SaveDialog>
  );
}
