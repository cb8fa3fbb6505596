/** When only what must is told, by the clock of a place. */
import { Checkbox, FormControl, FormControlLabel, FormGroup, FormHelperText, FormLabel, Switch, TextField } from "@mui/material";
import type { NotifyPreferences } from "../api/types";
import { language } from "../words/words";
import { withQuiet, type NotifyFaults } from "./notify";
import styles from "./settings.module.css";
import { t } from "./texts";

interface Props {
  shown: NotifyPreferences;
  faults: NotifyFaults;
  onChange: (next: NotifyPreferences) => void;
}

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** 1 is Monday; the first of January 2024 was one. */
const dayName = (day: number) => new Intl.DateTimeFormat(language(), { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, day));

export function QuietHours({ shown, faults, onChange }: Props) {
  const { quiet } = shown;
  const set = (change: Partial<NotifyPreferences["quiet"]>) => onChange({ ...shown, quiet: { ...quiet, ...change } });
  return (
    <div className={styles.group}>
      <h2>{t("quiet")}</h2>
      <FormControlLabel
        control={
          <Switch
            checked={quiet.enabled}
            onChange={(_, on) => onChange(withQuiet(shown, on))}
            slotProps={{ input: { "data-testid": "quiet" } as object }}
          />
        }
        label={t("quiet_on")}
      />
      <p className={styles.hint}>{t("quiet_hint")}</p>
      {quiet.enabled && (
        <>
          <div className={styles.times}>
            {(["from", "to"] as const).map((name) => (
              <TextField
                key={name}
                id={`quiet-${name}`}
                type="time"
                label={t(name)}
                value={quiet[name]}
                error={faults.times === true}
                helperText={faults.times === true ? t("times_bad") : " "}
                onChange={(event) => set({ [name]: event.target.value })}
                slotProps={{ htmlInput: { "data-testid": `quiet-${name}` }, inputLabel: { shrink: true } }}
              />
            ))}
            <TextField
              id="quiet-zone"
              label={t("zone")}
              value={quiet.zone}
              error={faults.zone === true}
              helperText={faults.zone === true ? t("zone_bad") : " "}
              onChange={(event) => set({ zone: event.target.value })}
              slotProps={{ htmlInput: { spellCheck: false, "data-testid": "quiet-zone" } }}
            />
          </div>
          <FormControl component="fieldset" error={faults.days === true}>
            <FormLabel component="legend">{t("days")}</FormLabel>
            <FormGroup row>
              {DAYS.map((day) => (
                <FormControlLabel
                  key={day}
                  control={
                    <Checkbox
                      size="small"
                      checked={quiet.days.includes(day)}
                      onChange={(_, on) => set({ days: DAYS.filter((other) => (other === day ? on : quiet.days.includes(other))) })}
                    />
                  }
                  label={dayName(day)}
                />
              ))}
            </FormGroup>
            {faults.days === true && <FormHelperText>{t("days_bad")}</FormHelperText>}
          </FormControl>
        </>
      )}
    </div>
  );
}
