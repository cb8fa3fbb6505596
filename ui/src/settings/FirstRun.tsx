/** After enrolment: does what this console needs work here? Each check is real, and none must be passed to go on. */
import { Alert, Button, TextField } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { explain, type ApiError } from "../api/problem";
import type { Machine } from "../api/transport";
import { levelOf, type ConsoleState } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { goTo } from "../state/route";
import { useDiagnostics } from "./DiagnosticsPart";
import { Autostart } from "./MachinePart";
import styles from "./settings.module.css";
import { TestNotification } from "./TestNotification";
import { t } from "./texts";

export function FirstRun({ state, machine }: { state: ConsoleState; machine: Machine }) {
  const found = useDiagnostics();
  return (
    <div className={styles.welcome} data-testid="first-run">
      <h1>{t("ready_title")}</h1>
      <p className={styles.hint}>{t("ready_intro")}</p>
      <ol className={styles.steps}>
        <Step title={t("ready_device")}>
          <p className={styles.hint}>
            {t("ready_device_is", { name: state.device?.name ?? "", user: state.user ?? "", level: LEVEL_WORDS[levelOf(state.device?.ceiling ?? "low")] })}
          </p>
          {state.device?.confirmed_at == null && <Alert severity="warning">{t("ready_unconfirmed")}</Alert>}
        </Step>
        <Step title={t("ready_signature")}>
          <Signature machine={machine} stepUp={state.device?.step_up_key != null} />
        </Step>
        <Step title={t("ready_notification")}>
          <TestNotification />
        </Step>
        <Step title={t("ready_tray")}>
          {found.data && (
            <Alert severity={found.data.tray ? "success" : "warning"} data-testid="tray-result">
              {t(found.data.tray ? "tray_yes" : "tray_no")}
            </Alert>
          )}
          {found.isPending && <Alert severity="info" role="status">{t("tray_looking")}</Alert>}
          {found.isError && <Alert severity="error">{explain(found.error.code, found.error.message)}</Alert>}
          <Autostart />
        </Step>
      </ol>
      <p className={styles.hint}>{t("ready_later")}</p>
      <Button variant="contained" size="large" onClick={() => goTo(null)} data-testid="first-run-done">
        {t("ready_done")}
      </Button>
    </div>
  );
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li className={styles.step}>
      <h2>{title}</h2>
      {children}
    </li>
  );
}

/** Signs a text that counts for nothing, with the keys that votes are signed with. */
function Signature({ machine, stepUp }: { machine: Machine; stepUp: boolean }) {
  const [passphrase, setPassphrase] = useState("");
  const test = useMutation<{ vote: boolean; stepUp: boolean | null }, ApiError>({
    mutationFn: () => machine.testSignature(passphrase === "" ? null : passphrase),
    onSettled: () => setPassphrase(""),
  });
  const good = test.data !== undefined && test.data.vote && test.data.stepUp !== false;
  return (
    <form
      className={styles.step}
      aria-label={t("ready_signature")}
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate();
      }}
    >
      <p className={styles.hint}>{t(stepUp ? "sign_hint_step_up" : "sign_hint")}</p>
      {stepUp && (
        <TextField
          id="test-passphrase"
          type="password"
          autoComplete="off"
          label={t("sign_passphrase")}
          value={passphrase}
          onChange={(event) => setPassphrase(event.target.value)}
          slotProps={{ htmlInput: { "data-testid": "test-passphrase" } }}
        />
      )}
      <div>
        <Button type="submit" variant="outlined" disabled={test.isPending} data-testid="test-signature">
          {t(test.isPending ? "signing" : "sign")}
        </Button>
      </div>
      <div role="status" className={styles.told} data-testid="signature-result">
        {good && <Alert severity="success">{t(test.data?.stepUp === true ? "sign_ok_both" : "sign_ok")}</Alert>}
        {test.data !== undefined && !good && <Alert severity="error">{t("sign_wrong")}</Alert>}
        {test.isError && <Alert severity="error">{explain(test.error.code, test.error.message)}</Alert>}
      </div>
    </form>
  );
}
