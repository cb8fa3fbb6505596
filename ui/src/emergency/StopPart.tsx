/** The stop switch: order a stop, see how far it got, lift it; and what waits here while the server is away. */
import { Alert, Button } from "@mui/material";
import { useRef, useState } from "react";
import type { ConsoleState, Ordered } from "../api/types";
import { asApiError, explain } from "../api/problem";
import { NotRead } from "../grants/NotRead";
import { Waiting } from "../shell/Failure";
import { goToSheet } from "../state/route";
import styles from "./emergency.module.css";
import { SCOPES, type Scope } from "./freeze";
import { FreezeCard } from "./FreezeCard";
import { StopDialog } from "./StopDialog";
import { StopOrders } from "./StopOrders";
import { t } from "./texts";
import { useFreezes } from "./useStops";

/** Who may stop agents by the shipped rules; the server has the last word. */
export const STOPPERS = ["approver", "oncall", "admin"];

const saidOf = (ordered: Ordered) => {
  if (ordered.state === "refused") return explain(ordered.code ?? "internal", ordered.message);
  return t(ordered.state === "queued" ? "queued" : "stopped");
};

export function StopPart({ state, query }: { state: ConsoleState; query: string }) {
  const freezes = useFreezes();
  const [told, setTold] = useState<{ words: string; tone: "success" | "warning" | "error" } | null>(null);
  const may = STOPPERS.includes(state.role ?? "");
  const asked = new URLSearchParams(query).get("stop");
  const open = may ? (SCOPES.find((scope) => scope === asked) ?? null) : null;
  const opener = useRef<Scope | null>(null);
  const close = () => goToSheet("emergency");
  return (
    <>
      <p className={styles.hint}>{t("stop_intro")}</p>
      {may ? (
        <div className={styles.acts}>
          {SCOPES.map((scope) => (
            <Button
              key={scope}
              variant={scope === "everything" ? "contained" : "outlined"}
              color="error"
              data-testid={`stop-${scope}`}
              onClick={() => {
                opener.current = scope;
                goToSheet("emergency", "", `stop=${scope}`);
              }}
            >
              {t(`stop_${scope}`)}
            </Button>
          ))}
        </div>
      ) : (
        <Alert severity="info" data-testid="no-permission">
          {t("forbidden")}
        </Alert>
      )}
      <div role="status" className={styles.told} data-testid="stop-told">
        {told && (
          <Alert severity={told.tone} onClose={() => setTold(null)}>
            {told.words}
          </Alert>
        )}
      </div>
      <StopOrders onTold={(words) => setTold({ words, tone: "success" })} />
      {!state.online && <p className={styles.hint}>{t("offline")}</p>}
      {freezes.isPending && <Waiting rows={2} />}
      {freezes.isError && <NotRead error={asApiError(freezes.error)} onRetry={() => void freezes.refetch()} />}
      {freezes.isSuccess && freezes.data.length === 0 && (
        <div className={styles.empty} data-testid="nothing-stopped">
          <p>{t(state.online ? "none" : "none_known")}</p>
          {state.online && <p className={styles.hint}>{t("none_next")}</p>}
        </div>
      )}
      {freezes.data?.map((freeze) => (
        <FreezeCard
          key={freeze.id}
          freeze={freeze}
          all={freezes.data}
          mayLift={may}
          online={state.online}
          onLifted={() => setTold({ words: t("lifted"), tone: "success" })}
        />
      ))}
      {open && (
        <StopDialog
          scope={open}
          online={state.online}
          onClose={close}
          onDone={(ordered) => {
            close();
            setTold({ words: saidOf(ordered), tone: ordered.state === "recorded" ? "success" : ordered.state === "queued" ? "warning" : "error" });
          }}
        />
      )}
    </>
  );
}
