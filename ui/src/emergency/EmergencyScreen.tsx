/** Emergencies: stopping agents, bypasses, and their reviews. */
import { Alert } from "@mui/material";
import type { ReactNode } from "react";
import type { ConsoleState } from "../api/types";
import { Parts } from "../shell/Parts";
import { useConsoleState, useNow } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo } from "../state/route";
import { reviews } from "./bypass";
import { BypassPart } from "./BypassPart";
import styles from "./emergency.module.css";
import { Envelopes } from "./Envelopes";
import { Reviews } from "./Reviews";
import { StopPart } from "./StopPart";
import { t } from "./texts";
import { t as b } from "./texts.bypass";
import { t as e } from "./texts.envelopes";
import { useBypasses } from "./useBypass";

const hrefOf = (path: string) => `#/emergency${path === "" ? "" : `/${path}`}`;

export function EmergencyScreen({ path, query }: { path: string; query: string }) {
  const state = useConsoleState().data;
  const parts = useShownParts(path, state);
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    ...parts.map((part) => ({ words: part.words, run: () => globalThis.location.assign(hrefOf(part.path)) })),
  ]);
  if (!state) return null;
  const screens: Record<string, ReactNode> = {
    bypass: <BypassPart state={state} />,
    reviews: <Reviews state={state} />,
    envelopes: <Envelopes state={state} />,
  };
  return (
    <div className={styles.screen}>
      <h1 className="visually-hidden">{t("emergency")}</h1>
      <Parts
        label={t("parts")}
        parts={parts.map((part) => ({ href: hrefOf(part.path), words: part.words, current: part.path === path, count: part.count }))}
      />
      <div className={styles.body}>
        {state.online && state.stale && <Alert severity="warning">{t("stale")}</Alert>}
        {screens[path] ?? <StopPart state={state} query={query} />}
      </div>
    </div>
  );
}

/** A bypass is shown to who may ask for one, and to everybody while one is open; the part one is in always. */
function useShownParts(path: string, state: ConsoleState | undefined): { path: string; words: string; count: number }[] {
  const list = useBypasses().data;
  const now = useNow(10_000);
  const concerns = path === "bypass" || state?.role === "oncall" || list?.may_ask === true || (list?.open.length ?? 0) > 0;
  return [
    { path: "", words: t("stop"), count: 0 },
    ...(concerns ? [{ path: "bypass", words: b("bypass"), count: 0 }] : []),
    { path: "reviews", words: b("reviews"), count: reviews(list, now).length },
    { path: "envelopes", words: e("envelopes"), count: 0 },
  ];
}
