/**
 * Decisions of this person that did not count, on every screen, until they are dismissed. What is open says it itself. The
 * newest comes first.
 */
import { Button } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { asApiError, explain } from "../api/problem";
import { goTo, goToSheet } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./decide.module.css";
import { forget } from "./decisions";
import { LOST, refusedWords } from "./refusal";
import { t } from "./texts";
import { useDismissSent } from "./Told";
import { useUncounted, type Uncounted } from "./uncounted";
import { useFailedPauses } from "./usePause";

/** `openId`: the request that is on the screen. */
export function RefusedBand({ user, openId }: { user: string; openId: string | null }) {
  const all = useUncounted(user);
  const elsewhere = all.filter(({ approvalId }) => approvalId !== openId);
  const [failed, dismissPause] = useFailedPauses();
  if (elsewhere.length + failed.length === 0) return null;
  return (
    <ul className={styles.uncounted} aria-label={t("refused_list")} data-testid="uncounted">
      {failed.map((one) => (
        <li key={one.mutationId} data-testid="failed-pause">
          <span role="alert">
            <b>
              <Say text={t("pause_failed")} parts={{ agent: <VisibleText text={one.state.variables?.name ?? ""} /> }} />
            </b>{" "}
            {explain(asApiError(one.state.error).code, asApiError(one.state.error).message)}
          </span>
          <Button size="small" color="inherit" onClick={() => goToSheet("emergency")}>
            {t("pause_go")}
          </Button>
          <Button size="small" color="inherit" onClick={() => dismissPause(one)}>
            {t("dismiss")}
          </Button>
        </li>
      ))}
      {elsewhere.map((one) => (
        <Row key={one.id} one={one} user={user} />
      ))}
    </ul>
  );
}

function Row({ one, user }: { one: Uncounted; user: string }) {
  const cache = useQueryClient();
  const dismissSent = useDismissSent(one.sent?.id);
  const title = one.title === null ? t("refused_request") : <VisibleText text={one.title} />;
  const dismiss = () => {
    if (one.sent) dismissSent();
    forget(user, one.approvalId);
    void cache.invalidateQueries({ queryKey: ["approval", one.approvalId] });
  };
  return (
    <li data-testid="uncounted-decision" data-approval-id={one.approvalId}>
      <span>
        <b>
          <Say text={t(`${one.code === LOST ? "lost" : "refused"}_${one.verdict}`)} parts={{ title }} />
        </b>{" "}
        {one.code === LOST ? null : refusedWords(one, one.view, user)}
      </span>
      <Button size="small" color="inherit" onClick={() => goTo(one.approvalId)} data-testid="open-uncounted">
        {t("refused_open")}
      </Button>
      <Button size="small" color="inherit" onClick={dismiss} data-testid="dismiss-uncounted">
        {t("dismiss")}
      </Button>
    </li>
  );
}
