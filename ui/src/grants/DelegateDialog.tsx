/** Lets somebody else vote while one is away. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import { wordsOf } from "../api/problem";
import { useParts } from "../state/console";
import styles from "./grants.module.css";
import { instantOf, localOf, wrongDates } from "./standing";
import { t } from "./texts";
import { useMake } from "./useGrants";

const WEEK_MS = 7 * 86_400_000;

export function DelegateDialog({ user, onClose }: { user: string; onClose: (done: boolean) => void }) {
  const { clock } = useParts();
  const [to, setTo] = useState("");
  const [starts, setStarts] = useState(() => localOf(clock.now()));
  const [ends, setEnds] = useState(() => localOf(clock.now() + WEEK_MS));
  const [reason, setReason] = useState("");
  const make = useMake(() => onClose(true));
  const title = useId();
  const [from, until] = [instantOf(starts), instantOf(ends)];
  const wrong = wrongDates(from, until, clock.now());
  const self = to.trim() === user;
  const send = () => {
    if (from === null || until === null || wrong !== null || self || to.trim() === "") return;
    make.mutate({ to: to.trim(), starts_at: from, ends_at: until, reason: reason.trim() });
  };
  const dates = { slotProps: { inputLabel: { shrink: true } }, type: "datetime-local" } as const;
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose(false)} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("make_title")}</DialogTitle>
      <DialogContent className={styles.form}>
        <TextField margin="dense" label={t("who")} value={to} error={self} helperText={self ? t("not_self") : t("who_hint")} onChange={(event) => setTo(event.target.value)} />
        <TextField {...dates} label={t("starts")} value={starts} onChange={(event) => setStarts(event.target.value)} />
        <TextField {...dates} label={t("ends")} value={ends} error={wrong !== null} helperText={wrong === null ? " " : t(wrong)} onChange={(event) => setEnds(event.target.value)} />
        <TextField label={t("reason")} value={reason} helperText={t("reason_hint")} multiline minRows={2} slotProps={{ htmlInput: { maxLength: 4000 } }} onChange={(event) => setReason(event.target.value)} />
        {make.error !== null && <Alert severity="error">{wordsOf(make.error)}</Alert>}
      </DialogContent>
      <DialogActions>
        <Button onClick={() => onClose(false)}>{t("cancel")}</Button>
        <Button variant="contained" disabled={wrong !== null || self || to.trim() === "" || make.isPending} onClick={send} data-testid="make-delegation">
          {t("do_make")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
