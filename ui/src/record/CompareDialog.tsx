/** Holds a colleague's head of the record against the one kept here. Two people who compare find a server that shows each another record. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import { wordsOf } from "../api/problem";
import type { Compared, RecordStatus } from "../api/types";
import { written } from "../shell/copy";
import { useParts } from "../state/console";
import { language } from "../words/words";
import { t } from "./compare.texts";
import styles from "./record.module.css";

const TONES: Record<Compared["held"], "success" | "error" | "info"> = {
  same: "success",
  further: "success",
  different: "error",
  larger: "info",
  no_size: "info",
  other_log: "info",
  other_key: "info",
  unreadable: "info",
};

/** What a comparison came to, in words: first the verdict, then what it rests on. */
function foundWords({ held, size, here, signed }: Compared): [string, string] {
  const n = (value: number) => value.toLocaleString(language());
  const numbers = { size: n(size ?? here), here: n(here) };
  if (held === "same") return [t("same"), t(size !== undefined && size < here ? "same_earlier" : "same_now", numbers)];
  if (held === "further") return [t("same"), t("further", numbers)];
  if (held === "different") return [t("different"), t(signed ? "different_signed" : "different_plain", numbers)];
  return [t("cannot_tell"), t(held, numbers)];
}

export function CompareDialog({ kept, onClose }: { kept: RecordStatus; onClose: () => void }) {
  const { record } = useParts().client.transport;
  const [text, setText] = useState("");
  const [found, setFound] = useState<Compared | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const title = useId();
  const compare = () => {
    if (!record) return;
    setBusy(true);
    setFound(null);
    setProblem(null);
    record
      .compare(text)
      .then(setFound)
      .catch((thrown: unknown) => setProblem(wordsOf(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "" && !busy) compare();
        }}
      >
        <DialogTitle id={title}>{t("title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <DialogContentText>{t("what")}</DialogContentText>
          {kept.root !== undefined && <Ours head={`${kept.hashes} ${kept.root}`} />}
          <TextField
            label={t("theirs")}
            helperText={t("theirs_hint")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            multiline
            minRows={3}
            maxRows={8}
            slotProps={{ htmlInput: { "data-testid": "their-head", spellCheck: false, className: styles.mono } }}
          />
          <div role="status">
            {found && <Result found={found} />}
            {problem !== null && <Alert severity="error">{t("not_compared", { why: problem })}</Alert>}
          </div>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("close")}</Button>
          <Button type="submit" variant="contained" disabled={text.trim() === "" || busy} data-testid="confirm-compare">
            {t("compare")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Result({ found }: { found: Compared }) {
  const [verdict, why] = foundWords(found);
  return (
    <Alert severity={TONES[found.held]} variant="outlined" data-testid="compared" data-held={found.held}>
      <strong>{verdict}</strong> {why}
    </Alert>
  );
}

/** The head here, to be sent to somebody else. */
function Ours({ head }: { head: string }) {
  const [told, setTold] = useState("");
  const copy = () => {
    void written(head).then((ok) => setTold(t(ok ? "copied" : "not_copied")));
  };
  return (
    <div>
      <span className={styles.hint}>{t("ours")}</span>
      <code className={styles.payload} data-testid="our-head">
        {head}
      </code>
      <Button size="small" onClick={copy}>
        {t("copy")}
      </Button>{" "}
      <span role="status">{told}</span>
    </div>
  );
}
