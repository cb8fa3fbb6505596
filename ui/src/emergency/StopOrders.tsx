/** Stops that wait on this machine, or that had no effect. */
import { Alert, Button } from "@mui/material";
import { asApiError, explain } from "../api/problem";
import type { StopOrder } from "../api/types";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./emergency.module.css";
import { t } from "./texts";
import { scopeWords, useOrders, useSettleOrder } from "./useStops";

export function StopOrders({ onTold }: { onTold: (words: string) => void }) {
  const orders = (useOrders().data ?? []).filter((order) => order.state !== "recorded");
  const settle = useSettleOrder((how) => how === "withdraw" && onTold(t("withdrawn")));
  if (orders.length === 0) return null;
  const problem = settle.error === null ? null : asApiError(settle.error);
  return (
    <section aria-label={t("waiting_stops")} className={styles.section}>
      <h2 className={styles.head}>{t("waiting_stops")}</h2>
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <ul className={styles.list}>
        {orders.map((order) => (
          <Order key={order.id} order={order} onSettle={(how) => settle.mutate({ id: order.id, how })} />
        ))}
      </ul>
    </section>
  );
}

function Order({ order, onSettle }: { order: StopOrder; onSettle: (how: "withdraw" | "dismiss") => void }) {
  const what = scopeWords(order);
  const words =
    order.state === "needs_you"
      ? t("order_needs_you", { why: explain(order.code ?? "internal", order.message) })
      : t(order.state === "sending" ? "order_sending" : "order_unsent");
  return (
    <li className={styles.order} data-testid="stop-order" data-state={order.state}>
      <div className={styles.main}>
        <p className={styles.what}>
          <VisibleText text={what} />
        </p>
        <p className={styles.meta}>
          <VisibleText text={order.reason} />
          <span>{t("ordered", { at: fullTime(order.madeAt) })}</span>
        </p>
        <p className={styles.standing}>{words}</p>
      </div>
      {order.state === "unsent" && (
        <Button size="small" variant="outlined" aria-label={t("withdraw_of", { what })} onClick={() => onSettle("withdraw")}>
          {t("withdraw")}
        </Button>
      )}
      {order.state === "needs_you" && (
        <Button size="small" variant="outlined" onClick={() => onSettle("dismiss")}>
          {t("dismiss")}
        </Button>
      )}
    </li>
  );
}
