/** Imports a calendar: first it is checked and nothing changes; what names no shift is said in place, and can be named. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type ChangeEvent } from "react";
import { Refused } from "../shell/Refused";
import { VisibleText } from "../text/VisibleText";
import styles from "./oncall.module.css";
import { t } from "./texts";
import { useImport, type CalendarView, type ScheduleView } from "./useOncall";
import { inZone } from "./zone";

const SHOWN = 8;

interface Props {
  schedule: ScheduleView;
  onClose: () => void;
  onDone: () => void;
}

export function ImportDialog({ schedule, onClose, onDone }: Props) {
  const titleId = useId();
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [people, setPeople] = useState<Record<string, string>>({});
  const [found, setFound] = useState<CalendarView | null>(null);
  const ask = useImport((view) => (view.saved ? onDone() : setFound(view)));
  const send = (dry_run: boolean) => {
    const named = Object.fromEntries(Object.entries(people).filter(([, user]) => user.trim() !== ""));
    if (file) ask.mutate({ id: schedule.id, body: { calendar: file.text, people: named, dry_run } });
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    if (!chosen) return;
    ask.reset();
    setFound(null);
    setPeople({});
    setFile({ name: chosen.name, text: await chosen.text() });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={titleId} maxWidth="sm" fullWidth>
      <DialogTitle id={titleId}>{t("import_title")}</DialogTitle>
      <DialogContent className={styles.form}>
        <DialogContentText>{t("import_what")}</DialogContentText>
        <label className={styles.file}>
          <span>{t("file")}</span>
          <input type="file" accept=".ics,text/calendar" onChange={(event) => void choose(event)} data-testid="calendar-file" />
        </label>
        {file && <p className={styles.hint}>{t("chosen", { name: file.name, size: Math.ceil(file.text.length / 1024) })}</p>}
        {ask.error && <Alert severity="error" data-testid="calendar-problem"><Refused error={ask.error} /></Alert>}
        {found && <Found found={found} zone={schedule.zone} people={people} onPeople={setPeople} />}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="outlined" disabled={!file || ask.isPending} onClick={() => send(true)} data-testid="check-calendar">
          {t(found ? "check_again" : "check")}
        </Button>
        <Button variant="contained" disabled={!found || found.shifts.length === 0 || ask.isPending} onClick={() => send(false)} data-testid="confirm-import">
          {t("do_import")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

interface FoundProps {
  found: CalendarView;
  zone: string;
  people: Record<string, string>;
  onPeople: (people: Record<string, string>) => void;
}

function Found({ found, zone, people, onPeople }: FoundProps) {
  const { shifts, skipped } = found;
  // One field for each name, however often the calendar has it.
  const names = [...new Set(skipped.map((event) => event.what))];
  return (
    <div className={styles.found} role="status">
      <p className={styles.name}>{shifts.length === 0 ? t("found_none") : t("found", { count: shifts.length })}</p>
      <ul>
        {shifts.slice(0, SHOWN).map((shift) => (
          <li key={`${shift.from}-${shift.user}`} data-testid="found-shift">
            <VisibleText ours text={`${shift.user}: ${inZone(shift.from, zone)} – ${inZone(shift.to, zone)}`} />
          </li>
        ))}
      </ul>
      {shifts.length > SHOWN && <p className={styles.hint}>{t("more_shifts", { count: shifts.length - SHOWN })}</p>}
      {skipped.length > 0 && <p className={styles.name}>{t("skipped", { count: skipped.length })}</p>}
      {names.map((what) => (
        <div key={what} data-testid="skipped" className={styles.skipped}>
          <p>
            <VisibleText ours text={`${what}: ${skipped.find((event) => event.what === what)?.why ?? ""}`} />
          </p>
          <TextField
            size="small"
            label={t("who_is", { what })}
            helperText={t("who_is_hint")}
            value={people[what] ?? ""}
            onChange={(event) => onPeople({ ...people, [what]: event.target.value })}
          />
        </div>
      ))}
    </div>
  );
}
