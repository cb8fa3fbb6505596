/** How the organisation decides: a period in a few numbers and charts, all from the server's aggregates. */
import { Alert } from "@mui/material";
import { useMemo } from "react";
import { asApiError } from "../api/problem";
import { Failure, Waiting } from "../shell/Failure";
import { clockTime } from "../state/clock";
import { useConsoleState } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo, goToSheet } from "../state/route";
import { Cards } from "./Cards";
import { ChartCard } from "./ChartCard";
import { chartsOf } from "./charts";
import styles from "./insight.module.css";
import { dayOf } from "./numbers";
import { Period } from "./Period";
import { readAsked, writeAsked } from "./period";
import { csvOf, isEmpty, saveAs } from "./table";
import { t } from "./texts";
import { useInsights, type Insights } from "./useInsights";

/** Below this the figures say little. */
const ENOUGH = 20;

export function InsightScreen({ query }: { query: string }) {
  const state = useConsoleState().data;
  const asked = useMemo(() => readAsked(query), [query]);
  const found = useInsights(query);
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    { words: t("go_csv"), run: () => found.data && saveAs("insight.csv", allOf(found.data), "text/csv;charset=utf-8") },
  ]);
  return (
    <div className={styles.screen}>
      <h1 className="visually-hidden">{t("title")}</h1>
      <Period asked={asked} onChange={(next) => goToSheet("insight", "", writeAsked(next))} />
      {found.data && state && !state.online && <Alert severity="warning">{t("old", { time: clockTime(found.data.server_time) })}</Alert>}
      {found.data && state?.online && state.stale && <Alert severity="warning">{t("old_now", { time: clockTime(found.data.server_time) })}</Alert>}
      <p role="status" className={styles.status}>
        {found.isPlaceholderData ? t("reading") : ""}
      </p>
      {found.isPending && <Waiting rows={5} />}
      {found.isError && <NotRead error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && !found.isError && <Body found={found.data} />}
    </div>
  );
}

function Body({ found }: { found: Insights }) {
  const charts = useMemo(() => chartsOf(found), [found]);
  return (
    <>
      <p className={styles.hint}>{t("as_of", { as_of: `#${found.as_of.split(":").at(-1) ?? ""}`, from: dayOf(found.from), to: dayOf(found.to) })}</p>
      {found.decisions === 0 ? (
        <div className={styles.nothing} data-testid="no-insight">
          <p>
            {t("nothing")} {t("few", { need: ENOUGH, n: found.decisions })}
          </p>
          <p className={styles.hint}>{t("nothing_next")}</p>
        </div>
      ) : (
        found.decisions < ENOUGH && <Alert severity="info">{t("few", { need: ENOUGH, n: found.decisions })}</Alert>
      )}
      <Cards found={found} />
      {found.decisions > 0 && (
        <div className={styles.charts}>
          {charts.map((chart) => (
            <ChartCard key={chart.id} chart={chart} />
          ))}
        </div>
      )}
    </>
  );
}

/** All charts under each other, each under its title. */
function allOf(found: Insights): string {
  return chartsOf(found)
    .filter((chart) => !isEmpty(chart))
    .map((chart) => `${chart.title}\r\n${csvOf(chart)}`)
    .join("\r\n");
}

function NotRead({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { code } = asApiError(error);
  if (code === "forbidden") {
    return (
      <Alert severity="info" data-testid="no-permission">
        {t("forbidden")} {t("forbidden_who")}
      </Alert>
    );
  }
  return (
    <>
      {(code === "unreachable" || code === "unavailable") && <p>{t("offline_nothing")}</p>}
      <Failure error={error} onRetry={onRetry} />
    </>
  );
}
