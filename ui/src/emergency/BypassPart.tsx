/** Bypasses: asking for one, being the second person, what runs under one, and ending it. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import type { BypassList, BypassView, ConsoleState } from "../api/types";
import { NotRead } from "../grants/NotRead";
import { Waiting } from "../shell/Failure";
import { useNow, useParts } from "../state/console";
import { inTheWay, standingOf } from "./bypass";
import { ActiveCard } from "./ActiveCard";
import { AskedCard } from "./AskedCard";
import { BypassWizard } from "./BypassWizard";
import { ConfirmCard } from "./ConfirmCard";
import styles from "./emergency.module.css";
import { t } from "./texts.bypass";
import { useBypasses } from "./useBypass";
import { inWords } from "../words/server";

export function BypassPart({ state }: { state: ConsoleState }) {
  const list = useBypasses();
  const [told, setTold] = useState("");
  if (list.isPending) return <Waiting rows={3} />;
  if (list.isError) return <NotRead error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <p className={styles.hint}>{t("intro")}</p>
      <div role="status" className={styles.told} data-testid="bypass-told">
        {told !== "" && (
          <Alert severity="success" onClose={() => setTold("")}>
            {told}
          </Alert>
        )}
      </div>
      <Open list={list.data} state={state} onTold={setTold} />
    </>
  );
}

/** Why no bypass can be asked for here and now; null when it can. */
function whyNot(list: BypassList, state: ConsoleState, canRaise: boolean): string | null {
  if (!state.online) return t("offline");
  if (list.limits.minutes.length === 0) return t("off");
  if (!canRaise) return t("no_step_up");
  return list.may_ask ? null : t("cannot", { why: inWords(list.words, list.may_not_because ?? "") });
}

function Open({ list, state, onTold }: { list: BypassList; state: ConsoleState; onTold: (words: string) => void }) {
  const { canRaise } = useParts().client.transport.bypass;
  const now = useNow(1000);
  const [asking, setAsking] = useState(false);
  const user = state.user ?? "";
  const blocked = inTheWay(list, user, now);
  const why = whyNot(list, state, canRaise);
  const shown = list.open.filter((view) => ["asked", "active"].includes(standingOf(view, now)));
  const own = shown.some((view) => view.by === user);
  return (
    <>
      {shown.map((view) => (
        <Card key={view.id} view={view} list={list} user={user} online={state.online} now={now} onTold={onTold} />
      ))}
      {blocked && (
        <Alert severity="warning" data-testid="bypass-in-the-way" action={<a href="#/emergency/reviews">{t("in_the_way_link")}</a>}>
          {t("in_the_way", { incident: blocked.incident })}
        </Alert>
      )}
      {why !== null && (
        <Alert severity="info" data-testid="bypass-why-not">
          {why}
        </Alert>
      )}
      {why === null && !blocked && !own && !asking && (
        <div className={styles.acts}>
          <Button variant="contained" color="error" data-testid="open-bypass" onClick={() => setAsking(true)}>
            {t("open")}
          </Button>
        </div>
      )}
      {asking && !own && <BypassWizard list={list} onClose={() => setAsking(false)} onAsked={() => setAsking(false)} />}
    </>
  );
}

interface CardProps {
  view: BypassView;
  list: BypassList;
  user: string;
  online: boolean;
  now: number;
  onTold: (words: string) => void;
}

function Card({ view, list, user, online, now, onTold }: CardProps) {
  if (standingOf(view, now) === "active") return <ActiveCard view={view} online={online} now={now} onTold={onTold} />;
  if (view.by === user) return <AskedCard view={view} list={list} now={now} onTold={onTold} />;
  return <ConfirmCard view={view} now={now} onTold={onTold} />;
}
