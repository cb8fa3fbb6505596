/** The policy of a scope, its controls and its draft. */
import { Button } from "@mui/material";
import { useRef, useState } from "react";
import { useCommands } from "../state/keys";
import { Changes } from "./Changes";
import { Conflict } from "./Conflict";
import type { Answer, PolicyDefaults, PolicyView, RiskView, Scope } from "./calls";
import { differences, requestOf, withLevel } from "./draft";
import { History } from "./History";
import { LevelControl } from "./LevelControl";
import { linesOf, sourceWords } from "./lines";
import { Lanes } from "./Lanes";
import styles from "./policy.module.css";
import { Preview } from "./Preview";
import { SaveDialog } from "./SaveDialog";
import { scopeWords } from "./scope";
import { t } from "./texts";
import { ThresholdControl } from "./ThresholdControl";
import { Foot, toldOf, type Told } from "./Told";
import { useConflictTop } from "./useConflictTop";
import { useDraft } from "./useDraft";
import { policyKey, useCalls, useReadAgain, useSaved, useSettings, type Access } from "./usePolicy";

interface Props {
  scope: Scope;
  access: Access;
  view: PolicyView;
  defaults: PolicyDefaults;
  levels: RiskView["in_force"]["levels"] | null;
  /** Reads what is saved again, and says its version. */
  onReadAgain: () => Promise<number | undefined>;
}

export function Sheet({ scope, access, view, defaults, levels, onReadAgain }: Props) {
  const calls = useCalls();
  const readAgain = useReadAgain();
  const saved = useSaved();
  const settings = useSettings();
  const mine = useDraft(scope, view);
  const [saving, setSaving] = useState(false);
  const [told, setTold] = useState<Told>(null);
  const preview = useRef<HTMLHeadingElement>(null);
  const { top, show } = useConflictTop(mine.conflict);
  const { draft, server } = mine;
  const changes = differences(server, draft);
  // What somebody saved in the meantime is shown before anything is asked.
  const open = () =>
    void onReadAgain().then((version) => {
      if (version === view.version) setSaving(true);
      else show();
    });
  const ready = access.edits && changes.length > 0 && !mine.conflict;
  useCommands([
    { keys: "p", words: t("go_preview"), run: () => preview.current?.focus() },
    { keys: "Control+s", words: t("keep_draft"), run: () => setTold({ state: "text", text: t("draft_kept") }) },
    ...(ready ? [{ keys: "Control+Enter", words: t("review"), run: open, decides: true as const }] : []),
  ]);
  const done = (answer: Answer<PolicyView>) => {
    setSaving(false);
    setTold(toldOf(answer));
    mine.forget();
    void saved(policyKey(scope), answer, ["locks", "chain"]);
  };
  const editor = { draft, server, fields: view.fields ?? {}, disabled: !access.edits, onChange: mine.change };
  return (
    <>
      <div ref={top} className={styles.top}>
        {mine.conflict && <Conflict mine={mine} scope={scope} version={view.version} />}
      </div>
      {mine.putAside && !mine.kept && (
        <p className={styles.quiet}>
          {t("put_aside")} <Button size="small" onClick={mine.bringBack}>{t("bring_back")}</Button>
        </p>
      )}
      <div className={styles.columns}>
        <section className={styles.editor} aria-label={t("draft")}>
          {view.version === 0 && <p className={styles.quiet} data-testid="inherited">{scope.user === "default" ? t("shipped_default") : t("inherited", { source: sourceWords(view.source) })}</p>}
          <LevelControl {...editor} onLevel={(level) => mine.change(withLevel(draft, level, defaults))} />
          <ThresholdControl {...editor} levels={levels} />
          <Lanes {...editor} types={defaults.action_types} locks={view.locks ?? []} who={access.who} ceiling={defaults.auto_allow_ceiling ?? null} />
        </section>
        <Preview
          heading={preview}
          user={scope.user}
          request={changes.length > 0 && access.edits && !mine.conflict ? requestOf(draft, scope, view.version) : null}
          changes={changes}
          none={mine.conflict ? t("conflict_first") : access.edits ? t("preview_none") : t("preview_read")}
        />
      </div>
      <Foot told={told} onClose={() => setTold(null)} edits={access.edits} idle={changes.length === 0}>
        <p>{mine.conflict ? t("conflict_first") : changes.length === 0 ? t("no_changes") : t("changed", { count: changes.length })}</p>
        <Button disabled={changes.length === 0} onClick={mine.forget}>{t("throw_away")}</Button>
        <Button variant="contained" disabled={!ready} onClick={open} data-testid="review">{t("review")}</Button>
      </Foot>
      {saving && (
        <SaveDialog
          title={t("save_title", { scope: scopeWords(scope) })}
          looser={changes.some(({ looser }) => looser)}
          second={settings.data?.second_person_for_loosening ?? true}
          reason={mine.reason}
          onReason={mine.because}
          save={(reason) => calls.save(scope.user, requestOf(draft, scope, view.version, reason))}
          onDone={done}
          onConflict={() => {
            setSaving(false);
            void readAgain();
          }}
          onClose={() => setSaving(false)}
        >
          <Changes lines={linesOf(changes)} label={t("what_changes")} />
        </SaveDialog>
      )}
      <History scope={scope} access={access} version={view.version} now={server} onDone={done} onConflict={() => void readAgain()} />
    </>
  );
}
