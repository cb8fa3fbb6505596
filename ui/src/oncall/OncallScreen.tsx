/** Being on call: schedules and shifts, the line that a waiting request climbs, and the handover sheet. */
import { Alert } from "@mui/material";
import { useState } from "react";
import { asApiError } from "../api/problem";
import type { ConsoleState } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { Parts } from "../shell/Parts";
import { useConsoleState } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo } from "../state/route";
import { Handover } from "./Handover";
import { LinePart } from "./LinePart";
import styles from "./oncall.module.css";
import { Schedules } from "./Schedules";
import { t } from "./texts";
import { useOncall } from "./useOncall";

const PARTS = [
  { path: "", words: () => t("now") },
  { path: "line", words: () => t("line") },
  { path: "handover", words: () => t("handover") },
];

export function OncallScreen({ path }: { path: string }) {
  const state = useConsoleState().data;
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    ...PARTS.map((part) => ({ words: part.words(), run: () => globalThis.location.assign(hrefOf(part.path)) })),
  ]);
  if (!state) return null;
  return (
    <div className={styles.screen}>
      <h1 className="visually-hidden">{t("oncall")}</h1>
      <Parts
        label={t("parts")}
        parts={PARTS.map((part) => ({ href: hrefOf(part.path), words: part.words(), current: part.path === path }))}
      />
      <div className={styles.body}>
        {state.online && state.stale && <Alert severity="warning">{t("stale")}</Alert>}
        {path === "handover" ? <Handover state={state} /> : <Book path={path} state={state} />}
      </div>
    </div>
  );
}

const hrefOf = (path: string) => `#/oncall${path === "" ? "" : `/${path}`}`;

function Book({ path, state }: { path: string; state: ConsoleState }) {
  const book = useOncall();
  const [told, setTold] = useState("");
  if (book.isPending) return <Waiting rows={3} />;
  if (book.isError) return <NotShown error={book.error} online={state.online} onRetry={() => void book.refetch()} />;
  const parts = { book: book.data, state, onTold: setTold };
  return (
    <>
      <div role="status" className={styles.told} data-testid="oncall-told">
        {told !== "" && (
          <Alert severity="success" onClose={() => setTold("")}>
            {told}
          </Alert>
        )}
      </div>
      {path === "line" ? <LinePart key={book.data.version} {...parts} /> : <Schedules {...parts} />}
    </>
  );
}

/** Offline, not for this person, or a fault. */
export function NotShown({ error, online, onRetry }: { error: unknown; online: boolean; onRetry: () => void }) {
  const { code } = asApiError(error);
  if (code === "forbidden") {
    return (
      <Alert severity="info" data-testid="no-permission">
        {t("forbidden")}
      </Alert>
    );
  }
  if (!online) return <Alert severity="info">{t("offline")}</Alert>;
  return <Failure error={error} onRetry={onRetry} />;
}
