/** A form over settings with its draft, its conflict, its last look before saving, and its history. */
import { Alert, Button } from "@mui/material";
import { useState, type ReactNode } from "react";
import { useCommands } from "../state/keys";
import { Changes, type Line } from "./Changes";
import type { Answer } from "./calls";
import styles from "./policy.module.css";
import { SaveDialog } from "./SaveDialog";
import { t } from "./texts";
import { Foot, toldOf, type Told } from "./Told";
import { useConflictTop } from "./useConflictTop";
import { changedNames, type Form, type Values } from "./useForm";
import { useReadAgain, useSaved, useSettings, type Access } from "./usePolicy";

interface Props {
  form: Form;
  title: string;
  access: Access;
  /** A field in words. */
  label: (name: string) => string;
  /** A value in words, where it is none already. */
  said?: (name: string, value: string) => string;
  /** Whether the change is looser; `null`: neither. */
  looser: (name: string, from: string, to: string) => boolean | null;
  /** What is wrong, by field. */
  bad: Record<string, string>;
  save: (values: Values, reason: string) => Promise<Answer<{ version: number }>>;
  /** What is shown is kept under it. */
  queryKey: readonly string[];
  onReadAgain: () => Promise<number | undefined>;
  version: number;
  /** The saved versions; says what became of going back to one. */
  renderHistory: (onTold: (told: Told) => void) => ReactNode;
  children: ReactNode;
}

export function FormSheet(props: Props) {
  const { form, access } = props;
  const settings = useSettings();
  const readAgain = useReadAgain();
  const saved = useSaved();
  const [saving, setSaving] = useState(false);
  const [told, setTold] = useState<Told>(null);
  const said = (name: string, text: string | undefined) => (text === undefined || text === "" ? t("empty_value") : (props.said?.(name, text) ?? text));
  const lines = (names: string[], from: Values, to: Values): Line[] =>
    names.map((name) => ({
      what: props.label(name),
      from: said(name, from[name]),
      to: said(name, to[name]),
      looser: props.looser(name, from[name] ?? "", to[name] ?? ""),
    }));
  const changes = lines(changedNames(form.server, form.values), form.server, form.values);
  const wrong = Object.keys(props.bad).length > 0;
  const { top, show } = useConflictTop(form.conflict);
  // What somebody saved in the meantime is shown before anything is asked.
  const open = () =>
    void props.onReadAgain().then((version) => {
      if (version === props.version) setSaving(true);
      else show();
    });
  const ready = access.edits && changes.length > 0 && !wrong && !form.conflict;
  useCommands([
    { keys: "Control+s", words: t("keep_draft"), run: () => setTold({ state: "text", text: t("draft_kept") }) },
    ...(ready ? [{ keys: "Control+Enter", words: t("review"), run: open, decides: true as const }] : []),
  ]);
  return (
    <>
      <div ref={top} className={styles.top}>
        {form.conflict && (
          <Alert severity="warning" data-testid="conflict">
            <p>
              <b>{t("conflict", { version: props.version })}</b>
            </p>
            <div className={styles.sides}>
              <div>
                <h3>{t("theirs")}</h3>
                <Changes lines={lines(form.theirs, form.base, form.server)} label={t("theirs")} />
              </div>
              <div>
                <h3>{t("mine")}</h3>
                <Changes lines={lines(form.mine, form.base, form.values)} label={t("mine")} />
              </div>
            </div>
            <Button size="small" variant="outlined" onClick={form.carryOver}>{t("carry_over")}</Button>{" "}
            <Button size="small" onClick={form.takeTheirs}>{t("take_theirs")}</Button>
          </Alert>
        )}
      </div>
      {form.aside && changes.length === 0 && (
        <p className={styles.quiet}>
          {t("put_aside")} <Button size="small" onClick={form.bringBack}>{t("bring_back")}</Button>
        </p>
      )}
      {props.children}
      <Foot told={told} onClose={() => setTold(null)} edits={access.edits} idle={changes.length === 0}>
          <p>{form.conflict ? t("conflict_first") : wrong ? t("wrong_values", { count: Object.keys(props.bad).length }) : changes.length === 0 ? t("no_changes") : t("changed", { count: changes.length })}</p>
          <Button disabled={changes.length === 0} onClick={form.forget}>{t("throw_away")}</Button>
          <Button
            variant="contained"
            disabled={!ready}
            onClick={open}
            data-testid="review"
          >
            {t("review")}
          </Button>
      </Foot>
      {saving && (
        <SaveDialog
          title={t("save_title", { scope: props.title })}
          looser={changes.some(({ looser }) => looser === true)}
          second={settings.data?.second_person_for_loosening ?? true}
          reason={form.reason}
          onReason={form.because}
          save={(reason) => props.save(form.values, reason)}
          onDone={(answer) => {
            setSaving(false);
            setTold(toldOf(answer));
            form.forget();
            void saved(props.queryKey, answer);
          }}
          onConflict={() => {
            setSaving(false);
            void readAgain();
          }}
          onClose={() => setSaving(false)}
        >
          <Changes lines={changes} label={t("what_changes")} />
        </SaveDialog>
      )}
      {props.renderHistory(setTold)}
    </>
  );
}
