/** Opens an envelope for a gate that cannot reach its server: challenge in, answer out. Needs no network. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type FormEvent } from "react";
import { asApiError, explain } from "../api/problem";
import type { Glass } from "../api/transport";
import type { EnvelopeView } from "../api/types";
import { written } from "../shell/copy";
import { VisibleText } from "../text/VisibleText";
import styles from "./emergency.module.css";
import { scopeWords } from "./Envelopes";
import { t } from "./texts.envelopes";

const CODES = ["challenge_slip", "envelope_not_held", "envelope_other_device", "reason_required"] as const;
const SHORTEST_REASON = 20;

export function OpenEnvelope({ glass, onClose }: { glass: Glass; onClose: () => void }) {
  const titleId = useId();
  const [challenge, setChallenge] = useState("");
  const [envelope, setEnvelope] = useState<EnvelopeView | null>(null);
  const [form, setForm] = useState({ incident: "", reason: "", passphrase: "" });
  const [answer, setAnswer] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const complete = form.incident.trim() !== "" && [...form.reason.trim()].length >= SHORTEST_REASON && form.passphrase !== "";
  const attempt = async (doing: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await doing();
    } catch (thrown) {
      const { code, message } = asApiError(thrown);
      const known = CODES.find((name) => name === code);
      setProblem(known ? t(known) : explain(code, message));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy || answer !== "") return;
    if (envelope === null) void attempt(async () => setEnvelope(await glass.challenged(challenge)));
    else if (complete) void attempt(async () => setAnswer((await glass.answer({ challenge, ...form })).answer));
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={titleId} maxWidth="sm" fullWidth>
      <form onSubmit={submit} noValidate>
        <DialogTitle id={titleId}>{t("open_title")}</DialogTitle>
        <DialogContent className={styles.form}>
          {envelope === null ? <Challenge value={challenge} onChange={setChallenge} /> : <Meant envelope={envelope} />}
          {envelope !== null && answer === "" && <Why form={form} onChange={(part) => setForm({ ...form, ...part })} />}
          {answer !== "" && <Answer answer={answer} />}
          {problem !== null && <Alert severity="error">{problem}</Alert>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t(answer === "" ? "cancel" : "close")}</Button>
          {answer === "" && (
            <Button type="submit" variant="contained" color="error" disabled={busy || (envelope === null ? challenge.trim() === "" : !complete)} data-testid="envelope-next">
              {t(envelope === null ? "find" : "sign")}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Challenge({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <>
      <DialogContentText>{t("open_intro")}</DialogContentText>
      <TextField
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        label={t("challenge")}
        helperText={t("challenge_hint")}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        slotProps={{ htmlInput: { autoComplete: "off", spellCheck: false, autoCapitalize: "characters", "data-testid": "challenge" } }}
      />
    </>
  );
}

function Meant({ envelope }: { envelope: EnvelopeView }) {
  return (
    <div className={styles.danger} data-testid="challenged-envelope">
      <p className={styles.hint}>{t("opens")}</p>
      <p className={styles.what}>
        <VisibleText text={scopeWords(envelope)} />
      </p>
      <p className={styles.meta}>
        <VisibleText text={t("gate", { name: envelope.gate_name })} />
        <span>{t("minutes", { n: envelope.minutes })}</span>
      </p>
    </div>
  );
}

interface WhyProps {
  form: { incident: string; reason: string; passphrase: string };
  onChange: (part: Partial<WhyProps["form"]>) => void;
}

function Why({ form, onChange }: WhyProps) {
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
      <TextField autoFocus label={t("incident")} value={form.incident} onChange={(event) => onChange({ incident: event.target.value })} slotProps={{ htmlInput: { maxLength: 100, "data-testid": "envelope-incident" } }} />
      <TextField label={t("reason")} helperText={t("reason_hint")} multiline minRows={2} value={form.reason} onChange={(event) => onChange({ reason: event.target.value })} slotProps={{ htmlInput: { maxLength: 2000, "data-testid": "envelope-reason" } }} />
      <TextField type="password" label={t("passphrase")} autoComplete="off" value={form.passphrase} onChange={(event) => onChange({ passphrase: event.target.value })} slotProps={{ htmlInput: { "data-testid": "envelope-passphrase" } }} />
    </>
  );
}

function Answer({ answer }: { answer: string }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = async () => setCopied(await written(answer));
  return (
    <>
      <DialogContentText>{t("answer_what")}</DialogContentText>
      <output className={styles.answer} aria-label={t("answer")} data-testid="envelope-answer">
        {answer}
      </output>
      <div className={styles.acts}>
        <Button variant="outlined" onClick={() => void copy()}>
          {t(copied ? "copied" : "copy")}
        </Button>
        <span role="status">{copied === false && t("not_copied")}</span>
      </div>
    </>
  );
}
