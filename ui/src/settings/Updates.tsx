/** Newer versions of the console: off unless switched on, and only where somebody said who signs them. */
import { Alert, Button, FormControlLabel, Switch } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { explain, type ApiError } from "../api/problem";
import type { MachineSettings } from "../api/types";
import styles from "./settings.module.css";
import { t } from "./texts";
import { useMachine } from "./useSettings";

export function Updates({ settings, onKeep }: { settings: MachineSettings; onKeep: (on: boolean) => void }) {
  const machine = useMachine();
  const look = useMutation<{ version: string; notes: string } | null, ApiError>({ mutationFn: () => machine.newerVersion() });
  const install = useMutation<void, ApiError>({ mutationFn: () => machine.installUpdate() });
  const error = install.error ?? look.error;
  return (
    <div className={styles.group}>
      <FormControlLabel
        control={
          <Switch
            checked={settings.updates}
            disabled={!settings.updates_configured}
            onChange={(_, on) => onKeep(on)}
            slotProps={{ input: { "data-testid": "updates" } as object }}
          />
        }
        label={t("updates")}
      />
      <p className={styles.hint}>{t(settings.updates_configured ? "updates_hint" : "updates_unconfigured")}</p>
      {settings.updates_configured && settings.updates && (
        <div>
          <Button variant="outlined" disabled={look.isPending} onClick={() => look.mutate()} data-testid="look-for-update">
            {t("updates_look")}
          </Button>
        </div>
      )}
      <div role="status" className={styles.told}>
        {look.isSuccess && look.data === null && t("updates_none")}
        {look.data && t("updates_found", { version: look.data.version })}
        {install.isSuccess && ` ${t("updates_installed")}`}
      </div>
      {look.data && !install.isSuccess && (
        <div>
          <Button variant="contained" disabled={install.isPending} onClick={() => install.mutate()} data-testid="install-update">
            {t("updates_install", { version: look.data.version })}
          </Button>
        </div>
      )}
      {error && <Alert severity="error">{explain(error.code, error.message)}</Alert>}
    </div>
  );
}
