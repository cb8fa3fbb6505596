/** One's own bypass while it waits for the second person: the number to read aloud, and going on alone if nobody answers. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { BypassList, BypassView } from "../api/types";
import { timeLeft } from "../state/clock";
import { useParts } from "../state/console";
import { twoDigits } from "./bypass";
import { BypassHead } from "./BypassHead";
import { Confirmers, Passphrase } from "./BypassWizard";
import styles from "./emergency.module.css";
import { HoldToAct } from "./HoldToAct";
import { t } from "./texts.bypass";
import { useEndBypass, useStep } from "./useBypass";

interface Props {
  view: BypassView;
  list: BypassList;
  now: number;
  onTold: (words: string) => void;
}

export function AskedCard({ view, list, now, onTold }: Props) {
  const { canRaise } = useParts().client.transport.bypass;
  const back = useEndBypass(() => onTold(t("taken_back")));
  const problem = back.error === null ? null : asApiError(back.error);
  return (
    <article className={styles.danger} aria-label={t("asked")} data-testid="bypass-asked">
      <BypassHead view={view} />
      <p className={styles.standing}>{t("asked")}</p>
      {view.number != null && (
        <div className={styles.number}>
          <span>{t("read_aloud")}</span>
          <output data-testid="bypass-number" aria-label={t("number_is", { number: [...twoDigits(view.number)].join(" ") })}>
            {twoDigits(view.number)}
          </output>
        </div>
      )}
      {view.lapses_at != null && <p className={styles.hint}>{t("lapses", { time: timeLeft(view.lapses_at / 1000 - now) })}</p>}
      {(view.wrong_numbers ?? 0) > 0 && <Alert severity="warning">{t("wrong", { count: view.wrong_numbers ?? 0, most: list.limits.wrong_numbers })}</Alert>}
      <Confirmers list={list} />
      {canRaise && view.you.alone && view.alone_from != null && <Alone view={view} from={view.alone_from} now={now} />}
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <div className={styles.acts}>
        <Button variant="outlined" disabled={back.isPending} onClick={() => back.mutate(view.id)} data-testid="take-bypass-back">
          {t("take_back")}
        </Button>
      </div>
    </article>
  );
}

function Alone({ view, from, now }: { view: BypassView; from: number; now: number }) {
  const [passphrase, setPassphrase] = useState("");
  const step = useStep(() => undefined);
  const problem = step.error === null ? null : asApiError(step.error);
  const left = from / 1000 - now;
  if (left > 0) return <p className={styles.hint} data-testid="alone-wait">{t("alone_in", { time: timeLeft(left) })}</p>;
  return (
    <div className={styles.form}>
      <p className={styles.standing}>{t("alone_now")}</p>
      <Passphrase value={passphrase} onChange={setPassphrase} />
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <div className={styles.acts}>
        <HoldToAct testId="go-alone" disabled={passphrase === "" || step.isPending} onHeld={() => step.mutate({ step: { step: "alone", id: view.id }, passphrase })}>
          {t("hold_alone")}
        </HoldToAct>
      </div>
    </div>
  );
}
