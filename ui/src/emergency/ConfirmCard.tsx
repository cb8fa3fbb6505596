/** Somebody asks for a second person: what they signed, and the number they read aloud. */
import { Alert, TextField } from "@mui/material";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { BypassView } from "../api/types";
import { timeLeft } from "../state/clock";
import { useParts } from "../state/console";
import { BypassHead } from "./BypassHead";
import { Passphrase } from "./BypassWizard";
import styles from "./emergency.module.css";
import { HoldToAct } from "./HoldToAct";
import { t } from "./texts.bypass";
import { useStep } from "./useBypass";

export function ConfirmCard({ view, now, onTold }: { view: BypassView; now: number; onTold: (words: string) => void }) {
  const { canRaise } = useParts().client.transport.bypass;
  const title = t("confirm_title", { user: view.by });
  return (
    <article className={styles.danger} aria-label={title} data-testid="bypass-to-confirm">
      <p className={styles.standing}>{view.you.confirm ? title : t("asked")}</p>
      <BypassHead view={view} />
      {view.lapses_at != null && <p className={styles.hint}>{t("lapses", { time: timeLeft(view.lapses_at / 1000 - now) })}</p>}
      {view.you.confirm && (canRaise ? <Form view={view} onTold={onTold} /> : <Alert severity="info">{t("no_step_up")}</Alert>)}
    </article>
  );
}

function Form({ view, onTold }: { view: BypassView; onTold: (words: string) => void }) {
  const [number, setNumber] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const confirm = useStep(() => onTold(t("confirmed_ok")));
  const problem = confirm.error === null ? null : asApiError(confirm.error);
  const complete = /^\d{2}$/.test(number);
  return (
    <div className={styles.form}>
      <p className={styles.hint}>{t("confirm_intro")}</p>
      <TextField
        label={t("the_number")}
        value={number}
        autoComplete="off"
        onChange={(event) => setNumber(event.target.value.replaceAll(/\D/g, "").slice(0, 2))}
        slotProps={{ htmlInput: { inputMode: "numeric", "data-testid": "bypass-number-heard" } }}
      />
      <Passphrase value={passphrase} onChange={setPassphrase} />
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <div className={styles.acts}>
        <HoldToAct
          testId="confirm-bypass"
          disabled={!complete || passphrase === "" || confirm.isPending}
          onHeld={() => confirm.mutate({ step: { step: "confirm", id: view.id, ask_sha256: view.ask_sha256, number: Number(number) }, passphrase })}
        >
          {t("hold_confirm")}
        </HoldToAct>
      </div>
    </div>
  );
}
