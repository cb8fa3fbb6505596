/** Why a list is empty, and what to do next. */
import { Button } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { ConsoleState } from "../api/types";
import { mayDecide } from "../decide/eligibility";
import { roleWords } from "../shell/words";
import { useParts } from "../state/console";
import { chosenKeys } from "../state/keys";
import { startOfDay, type Places } from "./places";
import styles from "./queue.module.css";
import { t } from "./texts";
import type { TabName } from "./views";

interface Props {
  tab: TabName;
  query: string;
  places: Places;
  console: ConsoleState | undefined;
  onClear: () => void;
}

export function Empty({ tab, query, places, console, onClear }: Props) {
  if (query !== "") {
    return (
      <div className={styles.empty} data-testid="empty-query">
        <strong>{t("empty_query", { query })}</strong>
        <p>{t("empty_query_note")}</p>
        <Button size="small" variant="outlined" onClick={onClear}>
          {t("empty_query_clear")}
        </Button>
      </div>
    );
  }
  switch (tab) {
    case "others":
      return <Line head={t("empty_others")} text={t("empty_others_note")} />;
    case "snoozed":
      return <Line head={t("empty_snoozed")} text={t("empty_snoozed_note", { key: chosenKeys("s") })} />;
    case "done":
      return (
        <div className={styles.empty}>
          <strong>{t("empty_done")}</strong>
          {places.earlier > 0 && <p>{t("earlier", { count: places.earlier })}</p>}
          <a href="#/record">{t("to_record")}</a>
        </div>
      );
    default:
      return <AllClear places={places} console={console} />;
  }
}

function Line({ head, text }: { head: string; text: string }) {
  return (
    <div className={styles.empty}>
      <strong>{head}</strong>
      <p>{text}</p>
    </div>
  );
}

function AllClear({ places, console }: { places: Places; console: ConsoleState | undefined }) {
  const decides = !console || mayDecide(console);
  const { others, snoozed } = places;
  return (
    <div className={styles.empty}>
      <strong>{t("empty_me")}</strong>
      <p>{decides ? t("empty_me_note") : t("empty_me_role", { role: roleWords(console.role ?? "–") })}</p>
      {others.length > 0 && <p>{t("empty_me_others", { count: others.length })}</p>}
      {snoozed.length > 0 && <p>{t("empty_me_snoozed", { count: snoozed.length })}</p>}
      <RanToday online={console?.online === true} />
    </div>
  );
}

/** What ran without anybody. Silent where it cannot be read: it is company for an empty list, not news. */
function RanToday({ online }: { online: boolean }) {
  const { client, clock } = useParts();
  const from = startOfDay(clock.now()) * 1000;
  const found = useQuery({
    queryKey: ["insights", "today", from],
    queryFn: () => need(httpOver(client.transport).GET("/api/governance/audit/insights", { params: { query: { from } } })),
    enabled: online,
    staleTime: 60_000,
  });
  const levels = Object.values(found.data?.by_level ?? {});
  const sum = (verdict: string) => levels.reduce((total, counts) => total + (counts[verdict] ?? 0), 0);
  const [ran, blocked] = [sum("AUTO"), sum("BLOCKED")];
  if (ran + blocked === 0) return null;
  return (
    <p data-testid="ran-today">
      {t("ran_today", { ran: t("ran", { count: ran }), blocked: t("blocked", { count: blocked }) })} <a href="#/record">{t("to_record")}</a>
    </p>
  );
}
