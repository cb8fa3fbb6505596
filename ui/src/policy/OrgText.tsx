/** A text the organisation writes itself: guardrails in Cedar, or patterns in TOML. Checked before it is saved. */
import { Alert, Button } from "@mui/material";
import { Suspense, lazy, useEffect, useRef, useState } from "react";
import { asApiError } from "../api/problem";
import { Failure, Waiting } from "../shell/Failure";
import { fullTime } from "../state/clock";
import { useCommands } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import type { TextKind, TextProblem, TextView } from "./calls";
import type { EditorHandle } from "./CedarEditor";
import { useKeptDraft } from "./kept";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { SaveDialog } from "./SaveDialog";
import { TextConflict } from "./TextConflict";
import { TextDiff } from "./TextDiff";
import { TextHistory } from "./TextHistory";
import { t } from "./texts";
import { Foot, toldOf, type Told } from "./Told";
import { TryOut } from "./TryOut";
import { textKey, useCalls, useReadAgain, useRested, useSaved, useSettings, useText, type Access } from "./usePolicy";
import { useQuery } from "@tanstack/react-query";
import { useConflictTop } from "./useConflictTop";

const Editor = lazy(async () => ({ default: (await import("./CedarEditor")).CedarEditor }));

export function OrgText({ kind, access }: { kind: TextKind; access: Access }) {
  const text = useText(kind);
  return (
    <div className={styles.page}>
      <h2>{t(`sheet_${kind}`)}</h2>
      <p className={styles.meaning}>{t(`${kind}_what`)}</p>
      {text.data ? (
        <Loaded kind={kind} view={text.data} access={access} onReadAgain={async () => (await text.refetch()).data?.version} />
      ) : text.isError ? (
        <NotRead error={text.error} onRetry={() => void text.refetch()} />
      ) : (
        <Waiting rows={6} />
      )}
    </div>
  );
}

/** A guardrail to begin with; it is checked and reviewed like any other text. */
const EXAMPLE = `@id("production-by-hand")
@reason("Production is deployed by hand")
@instead("Ask the platform team")
forbid (principal, action == Action::"run", resource)
when { context.action_type == "deploy_prod" };
`;

/** A draft of a text, and the one it was begun from. */
export interface KeptText {
  base: string;
  version: number;
  text: string;
  reason: string;
}

const isKept = (value: unknown): value is KeptText =>
  typeof value === "object" && value !== null && "base" in value && "text" in value && "version" in value && typeof value.text === "string";

interface LoadedProps {
  kind: TextKind;
  view: TextView;
  access: Access;
  onReadAgain: () => Promise<number | undefined>;
}

/** What the server finds wrong with a draft, once it has rested. */
function useCheck(kind: TextKind, text: string, on: boolean) {
  const calls = useCalls();
  const rested = useRested(text, 500);
  const check = useQuery({
    queryKey: ["text-check", kind, rested],
    enabled: on,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<TextProblem[]> => {
      try {
        await calls.checkText(kind, rested);
        return [];
      } catch (thrown) {
        const problem = asApiError(thrown);
        if (problem.code !== "invalid") throw thrown;
        return problem.problems.length > 0 ? problem.problems : [{ line: 1, column: 1, reason: problem.message }];
      }
    },
  });
  const current = rested === text;
  return { problems: current ? (check.data ?? null) : null, error: current && check.isError ? check.error : null, again: () => void check.refetch() };
}

function Loaded({ kind, view, access, onReadAgain }: LoadedProps) {
  const calls = useCalls();
  const readAgain = useReadAgain();
  const saved = useSaved();
  const settings = useSettings();
  const [kept, keep] = useKeptDraft(`text.${kind}`, isKept);
  const [aside, setAside] = useKeptDraft(`aside.text.${kind}`, isKept);
  const [saving, setSaving] = useState(false);
  const [told, setTold] = useState<Told>(null);
  const editor = useRef<EditorHandle>(null);
  const text = kept?.text ?? view.text;
  const dirty = text !== view.text;
  const same = kept !== null && kept.text === view.text;
  // Saved already, by me without an answer or by somebody who meant the same.
  useEffect(() => {
    if (same) keep(null);
  }, [same, keep]);
  const conflict = kept !== null && !same && kept.version !== view.version;
  const check = useCheck(kind, text, access.edits && dirty);
  const problems = check.problems ?? [];
  const change = (next: string) =>
    keep(next === (kept?.base ?? view.text) && !conflict ? null : { base: kept?.base ?? view.text, version: kept?.version ?? view.version, text: next, reason: kept?.reason ?? "" });
  const ready = dirty && !conflict && check.problems?.length === 0;
  const { top, show } = useConflictTop(conflict);
  const open = () =>
    void onReadAgain().then((version) => {
      if (version === view.version) setSaving(true);
      else show();
    });
  useCommands([
    { keys: "Control+s", words: t("keep_draft"), run: () => setTold({ state: "text", text: t("draft_kept") }) },
    ...(ready && access.edits ? [{ keys: "Control+Enter", words: t("review"), run: open, decides: true as const }] : []),
  ]);
  return (
    <>
      {view.broken && <Alert severity="error">{t("text_broken", { why: view.broken })}</Alert>}
      <div ref={top} className={styles.top}>
        {kept && conflict && (
          <TextConflict
            kept={kept}
            view={view}
            onTake={() => {
              setAside(kept);
              keep(null);
            }}
            onKeep={() => keep({ ...kept, base: view.text, version: view.version })}
          />
        )}
      </div>
      {aside && !kept && (
        <p className={styles.quiet}>
          {t("put_aside")}{" "}
          <Button
            size="small"
            onClick={() => {
              keep({ ...aside, base: view.text, version: view.version });
              setAside(null);
            }}
          >
            {t("bring_back")}
          </Button>
        </p>
      )}
      <p className={styles.quiet}>
        {view.version === 0 ? t("text_none") : <Say text={t("text_saved", { version: view.version, at: fullTime(view.saved_at ?? 0) })} parts={{ who: <VisibleText text={view.saved_by ?? ""} /> }} />}
      </p>
      {access.edits && kind === "guardrails" && text === "" && (
        <p>
          <Button size="small" variant="outlined" onClick={() => change(EXAMPLE)}>
            {t("example")}
          </Button>
        </p>
      )}
      <Suspense fallback={<Waiting rows={8} />}>
        <Editor ref={editor} label={t(`sheet_${kind}`)} text={text} language={kind} readOnly={!access.edits} problems={problems} onChange={change} />
      </Suspense>
      <Verdict problems={check.problems} dirty={dirty} onGo={(problem) => editor.current?.goTo(problem.line, problem.column)} />
      {check.error !== null && <Failure error={check.error} onRetry={check.again} />}
      <Foot told={told} onClose={() => setTold(null)} edits={access.edits} idle={!dirty}>
          <p>{conflict ? t("conflict_first") : dirty ? t("text_changed") : t("no_changes")}</p>
          <Button disabled={!dirty} onClick={() => keep(null)}>{t("throw_away")}</Button>
          <Button variant="contained" disabled={!ready} onClick={open} data-testid="review">{t("review")}</Button>
      </Foot>
      {saving && (
        <SaveDialog
          title={t("save_title", { scope: t(`sheet_${kind}`) })}
          looser={false}
          second={settings.data?.second_person_for_loosening ?? true}
          reason={kept?.reason ?? ""}
          onReason={(reason) => kept && keep({ ...kept, reason })}
          save={(reason) => calls.saveText(kind, text, view.version, reason)}
          onDone={(answer) => {
            setSaving(false);
            setTold(toldOf(answer));
            keep(null);
            void saved(textKey(kind), answer);
          }}
          onConflict={() => {
            setSaving(false);
            void readAgain();
          }}
          onClose={() => setSaving(false)}
        >
          <p className={styles.quiet}>{settings.data?.second_person_for_loosening === true ? t("text_second") : t("text_no_second")}</p>
          <TextDiff before={view.text} after={text} />
        </SaveDialog>
      )}
      {kind === "guardrails" && <TryOut saved={!dirty} />}
      <Reference view={view} />
      <TextHistory kind={kind} access={access} now={view.text} onLoad={change} />
    </>
  );
}

/** What is wrong, each with a way to its place. */
function Verdict({ problems, dirty, onGo }: { problems: TextProblem[] | null; dirty: boolean; onGo: (problem: TextProblem) => void }) {
  if (!dirty) return <p role="status" />;
  return (
    <div role="status" data-testid="verdict">
      {problems === null && <p className={styles.quiet}>{t("checking")}</p>}
      {problems?.length === 0 && <p className={styles.good}>✓ {t("text_fine")}</p>}
      {problems !== null && problems.length > 0 && (
        <>
          <p className={styles.bad}>✗ {t("text_wrong", { count: problems.length })}</p>
          <ul className={styles.problems}>
            {problems.map((problem) => (
              <li key={`${problem.line} ${problem.column} ${problem.reason}`}>
                <button type="button" onClick={() => onGo(problem)}>
                  {t("place", { line: problem.line, column: problem.column })}
                </button>{" "}
                {problem.policy && <code>{problem.policy}</code>} {problem.reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Reference({ view }: { view: TextView }) {
  return (
    <>
      {view.matrix && <Folded title={t("matrix")} text={view.matrix} />}
      <Folded title={t("shipped")} text={view.shipped} />
      {view.schema && <Folded title={t("schema")} text={view.schema} />}
    </>
  );
}

function Folded({ title, text }: { title: string; text: string }) {
  return (
    <details className={styles.history}>
      <summary>{title}</summary>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.text} tabIndex={0} role="region" aria-label={title}>{text}</pre>
    </details>
  );
}
