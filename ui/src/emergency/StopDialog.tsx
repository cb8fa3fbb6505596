/** The one confirmation of a stop. A stop is the safe side, so Enter confirms it. */
import { Alert, Autocomplete, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type FormEvent } from "react";
import { asApiError, explain } from "../api/problem";
import type { Ordered } from "../api/types";
import { useApprovals, useParts } from "../state/console";
import styles from "./emergency.module.css";
import { namedIn, type Scope } from "./freeze";
import { t } from "./texts";
import { useStop } from "./useStops";

const LONGEST_REASON = 500;

interface Props {
  scope: Scope;
  online: boolean;
  onClose: () => void;
  onDone: (ordered: Ordered) => void;
}

export function StopDialog({ scope, online, onClose, onDone }: Props) {
  const id = useId();
  const canQueue = useParts().client.transport.stops !== undefined;
  const names = namedIn(useApprovals().data ?? []);
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const stop = useStop(onDone);
  const problem = stop.error === null ? null : asApiError(stop.error);
  const never = !online && !canQueue;
  const missing = scope !== "everything" && name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing || never || stop.isPending) return;
    const why = reason.trim() === "" ? t("no_reason") : reason.trim();
    stop.mutate({ scope, reason: why, ...(scope === "everything" ? {} : { name: name.trim() }) });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={id} maxWidth="sm" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle id={id}>{t(`title_${scope}`)}</DialogTitle>
        <DialogContent className={styles.form}>
          <DialogContentText>{t("effect_now")}</DialogContentText>
          {!online && <Alert severity="warning">{t(never ? "effect_never" : "effect_queued")}</Alert>}
          {scope !== "everything" && (
            <Autocomplete
              freeSolo
              options={names[scope]}
              inputValue={name}
              onInputChange={(_, text) => setName(text)}
              renderInput={(params) => (
                // The dialog was opened to name it.
                // oxlint-disable-next-line jsx-a11y/no-autofocus
                <TextField {...params} autoFocus required label={t(`name_${scope}`)} slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, maxLength: 200, "data-testid": "stop-name" } }} />
              )}
            />
          )}
          <TextField
            label={t("reason")}
            helperText={t("reason_hint")}
            value={reason}
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus={scope === "everything"}
            onChange={(event) => setReason(event.target.value)}
            slotProps={{ htmlInput: { maxLength: LONGEST_REASON, "data-testid": "stop-reason" } }}
          />
          {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="contained" color="error" disabled={missing || never || stop.isPending} data-testid="confirm-stop">
            {t(online ? "do_stop" : "do_queue")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
