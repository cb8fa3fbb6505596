/** One stop: what it holds, which running commands were asked to end, and which of them are known to have ended. */
import { Button } from "@mui/material";
import { useState } from "react";
import type { FreezeView } from "../api/types";
import { ConfirmDialog } from "../grants/ConfirmDialog";
import { fullTime } from "../state/clock";
import { useApprovals, useNow } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { language } from "../words/words";
import styles from "./emergency.module.css";
import { inOrder, overlapping, standingStill, type StopView } from "./freeze";
import { t } from "./texts";
import { scopeWords, useLift } from "./useStops";
import { titleIn } from "../words/server";

interface Props {
  freeze: FreezeView;
  all: FreezeView[];
  mayLift: boolean;
  online: boolean;
  onLifted: () => void;
}

export function FreezeCard({ freeze, all, mayLift, online, onLifted }: Props) {
  const [lifting, setLifting] = useState(false);
  const lift = useLift(() => {
    setLifting(false);
    onLifted();
  });
  const still = standingStill(freeze, useApprovals().data ?? []);
  const what = scopeWords(freeze);
  const others = overlapping(freeze, all);
  return (
    <article className={styles.card} aria-label={what} data-testid="freeze" data-freeze-id={freeze.id}>
      <div className={styles.cardHead}>
        <div className={styles.main}>
          <h2 className={styles.what}>
            <VisibleText text={what} />
          </h2>
          <p className={styles.meta}>
            <VisibleText text={t("by", { user: freeze.by, at: fullTime(freeze.at) })} />
            <VisibleText text={freeze.reason} />
          </p>
          {still.length > 0 && <p className={styles.standing}>{t("still", { count: still.length })}</p>}
        </div>
        {mayLift && (
          <Button variant="outlined" disabled={!online} title={online ? undefined : t("lift_offline")} aria-label={t("lift_of", { what })} onClick={() => setLifting(true)}>
            {t("lift")}
          </Button>
        )}
      </div>
      {mayLift && !online && <p className={styles.hint}>{t("lift_offline")}</p>}
      <Stops stops={freeze.stops} />
      {lifting && (
        <ConfirmDialog
          title={t("lift_title")}
          what={t("lift_what")}
          act={t("lift")}
          busy={lift.isPending}
          error={lift.error}
          onClose={() => {
            lift.reset();
            setLifting(false);
          }}
          onConfirm={() => lift.mutate(freeze.id)}
        >
          <p className={styles.what}>
            <VisibleText text={what} />
          </p>
          {others.length > 0 && (
            <div>
              <p>{t("lift_others")}</p>
              <ul>
                {others.map((other) => (
                  <li key={other.id}>
                    <VisibleText text={`${scopeWords(other)} – ${t("by", { user: other.by, at: fullTime(other.at) })}`} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </ConfirmDialog>
      )}
    </article>
  );
}

function Stops({ stops }: { stops: StopView[] }) {
  const now = useNow(1000);
  if (stops.length === 0) return <p className={styles.hint}>{t("no_runs")}</p>;
  const confirmed = stops.filter((stop) => stop.confirmed_at != null).length;
  const open = stops.length - confirmed;
  return (
    <div className={styles.stops}>
      <p className={styles.counts} role="status" data-testid="stop-counts" data-open={open}>
        <span>{t("asked", { count: stops.length })}</span>
        <span data-tone={open > 0 ? "open" : "done"}>{t("confirmed", { count: confirmed })}</span>
        <progress max={stops.length} value={confirmed} aria-label={t("confirmed", { count: confirmed })} />
        <span>{open > 0 ? t("some_open", { count: open }) : t("all_confirmed")}</span>
      </p>
      <ul className={styles.runs} aria-label={t("runs")}>
        {inOrder(stops).map((stop) => (
          <li key={stop.execution_id} className={styles.run} data-testid="stop-run" data-confirmed={stop.confirmed_at != null}>
            <span className={styles.runWhat}>
              <VisibleText text={titleIn(stop.words, stop.title)} />
            </span>
            <VisibleText text={stop.agent == null ? t("own_gate", { user: stop.user }) : t("of", { agent: stop.agent, user: stop.user })} />
            <span className={styles.runEnd}>{endWords(stop, now)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function endWords(stop: StopView, now: number): string {
  if (stop.confirmed_at == null) return t("not_confirmed", { time: span(now - stop.requested_at / 1000) });
  const how =
    stop.status === "unknown" ? "unknown_end" : stop.signal === "KILL" ? "by_kill" : stop.signal === "TERM" ? "by_term" : "by_itself";
  return `${t("confirmed_after", { time: span((stop.confirmed_at - stop.requested_at) / 1000) })}, ${t(how)}`;
}

/** A span in seconds with a tenth, or in minutes. */
function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${new Intl.NumberFormat(language(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(seconds)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
