/** Makes or changes a schedule: its zone and its weekly rotation. Shifts stay as they are. */
import { Alert, Autocomplete, Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type FormEvent } from "react";
import { asApiError } from "../api/problem";
import { Refused } from "../shell/Refused";
import { useParts } from "../state/console";
import styles from "./oncall.module.css";
import { People } from "./People";
import { t } from "./texts";
import { useSaveSchedule, type ScheduleView } from "./useOncall";
import { localOf, ownZone, zones } from "./zone";

const WEEK = 7;

interface Props {
  schedule: ScheduleView | null;
  version: number;
  known: string[];
  onClose: () => void;
  onDone: () => void;
}

export function ScheduleDialog({ schedule, version, known, onClose, onDone }: Props) {
  const titleId = useId();
  const { clock } = useParts();
  const [id, setId] = useState(schedule?.id ?? "");
  const [name, setName] = useState(schedule?.name ?? "");
  const [zone, setZone] = useState(schedule?.zone ?? ownZone());
  const [people, setPeople] = useState<string[]>(schedule?.rota?.people ?? []);
  const [begins, setBegins] = useState(() => schedule?.rota?.begins.slice(0, 16) ?? `${localOf(clock.now() * 1000).slice(0, 10)}T09:00`);
  const [days, setDays] = useState(String(schedule?.rota?.days ?? WEEK));
  const save = useSaveSchedule(onDone);
  const problem = save.error === null ? null : asApiError(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const rota = people.length === 0 ? {} : { rota: { people, begins, days: Number(days) } };
    save.mutate({ id, body: { name: name.trim(), zone, version, ...rota } });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={titleId} maxWidth="sm" fullWidth>
      <form onSubmit={submit} noValidate>
        <DialogTitle id={titleId}>{t(schedule ? "edit_title" : "new_title")}</DialogTitle>
        <DialogContent className={styles.form}>
          {!schedule && (
            <TextField
              // oxlint-disable-next-line jsx-a11y/no-autofocus
              autoFocus
              label={t("id")}
              helperText={t("id_hint")}
              value={id}
              onChange={(event) => setId(event.target.value)}
              slotProps={{ htmlInput: { "data-testid": "schedule-id", autoCapitalize: "none", spellCheck: false } }}
            />
          )}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <TextField autoFocus={schedule !== null} label={t("name")} value={name} onChange={(event) => setName(event.target.value)} slotProps={{ htmlInput: { "data-testid": "schedule-name" } }} />
          <Autocomplete
            freeSolo
            options={zones()}
            inputValue={zone}
            onInputChange={(_, text) => setZone(text)}
            renderInput={(params) => <TextField {...params} label={t("zone")} helperText={t("zone_hint")} slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, "data-testid": "schedule-zone" } }} />}
          />
          <fieldset className={styles.fieldset}>
            <legend>{t("rota_part")}</legend>
            <People people={people} known={known} onChange={setPeople} />
            {people.length === 0 ? (
              <p className={styles.hint}>{t("no_rota")}</p>
            ) : (
              <>
                <TextField
                  type="datetime-local"
                  label={t("first")}
                  helperText={t("first_hint")}
                  value={begins}
                  onChange={(event) => setBegins(event.target.value)}
                  slotProps={{ inputLabel: { shrink: true }, htmlInput: { "data-testid": "schedule-begins" } }}
                />
                <TextField type="number" label={t("days")} helperText={t("days_hint")} value={days} onChange={(event) => setDays(event.target.value)} slotProps={{ htmlInput: { min: 1, max: 90, "data-testid": "schedule-days" } }} />
              </>
            )}
          </fieldset>
          {problem && <Alert severity="error">{problem.code === "version_conflict" ? t("conflict") : <Refused error={save.error} />}</Alert>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="contained" disabled={save.isPending || id === "" || name.trim() === ""} data-testid="save-schedule">
            {t("save")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
