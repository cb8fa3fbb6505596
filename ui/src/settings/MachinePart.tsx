/** The program itself: whether it starts with the session, how it draws, and whether it looks for newer versions. */
import { Alert, FormControl, FormControlLabel, FormLabel, Radio, RadioGroup, Switch } from "@mui/material";
import { Failure, Waiting } from "../shell/Failure";
import { explain } from "../api/problem";
import type { MachineSettings } from "../api/types";
import styles from "./settings.module.css";
import { t } from "./texts";
import { Updates } from "./Updates";
import { useAutostart, useKeepSettings, useMachineSettings } from "./useSettings";

export function MachinePart() {
  const settings = useMachineSettings();
  const keep = useKeepSettings();
  if (settings.isPending) return <Waiting rows={3} />;
  if (settings.isError) return <Failure error={settings.error} onRetry={() => void settings.refetch()} />;
  const { rendering, rendering_now: now } = settings.data;
  return (
    <>
      <Autostart />
      <FormControl component="fieldset" className={styles.group}>
        <FormLabel id="rendering">{t("rendering")}</FormLabel>
        <RadioGroup
          aria-labelledby="rendering"
          value={rendering}
          onChange={(_, value) => keep.mutate({ rendering: value as MachineSettings["rendering"] })}
        >
          {(["auto", "safe"] as const).map((name) => (
            <FormControlLabel
              key={name}
              value={name}
              control={<Radio size="small" slotProps={{ input: { "data-testid": `rendering-${name}` } as object }} />}
              label={t(`rendering_${name}`)}
            />
          ))}
        </RadioGroup>
        <p className={styles.hint}>{t("rendering_hint")}</p>
        {rendering !== now && <Alert severity="info">{t("rendering_later")}</Alert>}
      </FormControl>
      <Updates settings={settings.data} onKeep={(updates) => keep.mutate({ updates })} />
      <div role="alert" className={styles.told}>
        {keep.isError && <Alert severity="error">{explain(keep.error.code, keep.error.message)}</Alert>}
      </div>
    </>
  );
}

export function Autostart() {
  const { known, change } = useAutostart();
  return (
    <div className={styles.group}>
      <FormControlLabel
        control={
          <Switch
            checked={known.data ?? false}
            disabled={!known.isSuccess || change.isPending}
            onChange={(_, on) => change.mutate(on)}
            slotProps={{ input: { "data-testid": "autostart" } as object }}
          />
        }
        label={t("autostart")}
      />
      <p className={styles.hint}>{t("autostart_hint")}</p>
      {change.isError && <Alert severity="error">{explain(change.error.code, change.error.message)}</Alert>}
    </div>
  );
}
