/** Takes a shift over, by this machine's clock; what that is in the schedule's zone stands below. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type FormEvent } from "react";
import { Refused } from "../shell/Refused";
import { useParts } from "../state/console";
import styles from "./oncall.module.css";
import { t } from "./texts";
import { useTakeShift, type ScheduleView } from "./useOncall";
import { inZone, instantOf, localOf, ownZone } from "./zone";

const SHIFT_US = 12 * 3_600 * 1_000_000;
const LONGEST_US = 366 * 86_400 * 1_000_000;

/** Why these instants are no shift: as the server checks them. `now` in UTC microseconds. */
export function wrongShift(from: number | null, to: number | null, now: number): "order" | "past" | "long" | null {
  if (from === null || to === null || to <= from) return "order";
  if (to <= now) return "past";
  return to - from > LONGEST_US ? "long" : null;
}

interface Props {
  schedule: ScheduleView;
  isAdmin: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function ShiftDialog({ schedule, isAdmin, onClose, onDone }: Props) {
  const titleId = useId();
  const { clock } = useParts();
  const [from, setFrom] = useState(() => localOf(clock.now() * 1000));
  const [to, setTo] = useState(() => localOf(clock.now() * 1000 + SHIFT_US));
  const [user, setUser] = useState("");
  const take = useTakeShift(onDone);
  const [starts, ends] = [instantOf(from), instantOf(to)];
  const wrong = wrongShift(starts, ends, clock.now() * 1000);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wrong !== null || starts === null || ends === null) return;
    take.mutate({ id: schedule.id, body: { from: starts, to: ends, ...(user.trim() === "" ? {} : { user: user.trim() }) } });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={titleId} maxWidth="sm" fullWidth>
      <form onSubmit={submit} noValidate>
        <DialogTitle id={titleId}>{t("take_title")}</DialogTitle>
        <DialogContent className={styles.form}>
          <DialogContentText>{t("take_what")}</DialogContentText>
          {isAdmin && <TextField label={t("take_who")} helperText={t("take_who_hint")} value={user} onChange={(event) => setUser(event.target.value)} slotProps={{ htmlInput: { "data-testid": "shift-user" } }} />}
          <TextField
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            type="datetime-local"
            label={t("starts")}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
            slotProps={{ inputLabel: { shrink: true }, htmlInput: { "data-testid": "shift-from" } }}
          />
          <TextField
            type="datetime-local"
            label={t("stops")}
            value={to}
            error={wrong !== null}
            helperText={wrong === null ? " " : t(wrong)}
            onChange={(event) => setTo(event.target.value)}
            slotProps={{ inputLabel: { shrink: true }, htmlInput: { "data-testid": "shift-to" } }}
          />
          {starts !== null && ends !== null && (
            <p className={styles.hint}>{t("own_clock", { zone: ownZone(), from: inZone(starts, schedule.zone), to: inZone(ends, schedule.zone) })}</p>
          )}
          {take.error && <Alert severity="error"><Refused error={take.error} /></Alert>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="contained" disabled={wrong !== null || take.isPending} data-testid="confirm-shift">
            {t("do_take")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
