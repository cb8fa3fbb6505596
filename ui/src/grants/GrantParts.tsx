/** Parts of a grant: its taking back where that waits or was refused, and what it was used for. */
import { Button } from "@mui/material";
import { asApiError, explain } from "../api/problem";
import type { GrantRevoke } from "../api/types";
import { fullTime } from "../state/clock";
import styles from "./grants.module.css";
import { t } from "./texts";
import { useSettleRevoke, useUses } from "./useGrants";

/** Nothing of it is in effect before the server has it, and that is said. */
export function Order({ order }: { order: GrantRevoke }) {
  const settle = useSettleRevoke();
  if (order.state === "recorded") return null;
  const failed = settle.error ? asApiError(settle.error) : null;
  return (
    <span data-testid="revoke-order" data-state={order.state}>
      {order.state === "unsent" && t("order_unsent")}
      {order.state === "sending" && t("order_sending")}
      {order.state === "needs_you" && explain(order.code ?? "", order.message)}
      {order.state === "unsent" && (
        <Button size="small" onClick={() => settle.mutate({ id: order.grantId, how: "withdraw" })}>
          {t("order_withdraw")}
        </Button>
      )}
      {order.state === "needs_you" && (
        <Button size="small" onClick={() => settle.mutate({ id: order.grantId, how: "dismiss" })}>
          {t("order_dismiss")}
        </Button>
      )}
      {failed && <span role="alert">{explain(failed.code, failed.message)}</span>}
    </span>
  );
}

/** When it was used, each with its entry of the record. */
export function Uses({ id }: { id: string }) {
  const uses = useUses(id);
  if (uses.isPending) return <p className={styles.hint}>{t("uses_reading")}</p>;
  if (uses.isError) {
    const problem = asApiError(uses.error);
    return <p role="alert">{explain(problem.code, problem.message)}</p>;
  }
  if (uses.data.length === 0) return <p className={styles.hint}>{t("uses_gone")}</p>;
  return (
    <ol className={styles.uses} aria-label={t("uses_list")}>
      {uses.data.map((entry) => (
        <li key={entry.index}>
          <a href={`#/record/${entry.index}`}>{t("use_at", { at: fullTime(entry.at), index: entry.index })}</a>
        </li>
      ))}
    </ol>
  );
}
