/** A bypass in force: how long still, what ran under it so far, and its end in one click. */
import { Alert, Button } from "@mui/material";
import { asApiError, explain } from "../api/problem";
import type { BypassView } from "../api/types";
import { fullTime, timeLeft } from "../state/clock";
import { BypassHead } from "./BypassHead";
import styles from "./emergency.module.css";
import { Runs } from "./Runs";
import { t } from "./texts.bypass";
import { useEndBypass } from "./useBypass";

interface Props {
  view: BypassView;
  online: boolean;
  now: number;
  onTold: (words: string) => void;
}

export function ActiveCard({ view, online, now, onTold }: Props) {
  const end = useEndBypass(() => onTold(t("ended_ok")));
  const problem = end.error === null ? null : asApiError(end.error);
  const who = view.with == null ? t("alone") : t("with", { user: view.with });
  return (
    <article className={styles.danger} aria-label={t("active")} data-testid="bypass-active">
      <div className={styles.cardHead}>
        <BypassHead view={view} />
        {view.you.end && (
          <Button variant="contained" color="error" disabled={!online || end.isPending} onClick={() => end.mutate(view.id)} data-testid="end-bypass">
            {t("end_now")}
          </Button>
        )}
      </div>
      <p className={styles.standing}>
        {t("active")}, {who}
        {view.ends_at != null && (
          <>
            {" "}
            – <time title={fullTime(view.ends_at)}>{t("left", { time: timeLeft(view.ends_at / 1000 - now) })}</time>
          </>
        )}
      </p>
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <Runs id={view.id} />
    </article>
  );
}
