/** The outbox: votes signed here that the server does not have, or refused. */
import { Button } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain } from "../api/problem";
import type { ApprovalView, OutboxItem } from "../api/types";
import { forget, useKept } from "../decide/decisions";
import { refusedWords } from "../decide/refusal";
import { ago } from "../state/clock";
import { APPROVALS, OUTBOX, STATE, useNow, useParts } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./queue.module.css";
import { t } from "./texts";

const STATES: Record<OutboxItem["state"], () => string> = {
  unsent: () => t("outbox_unsent"),
  sending: () => t("unsent_sending"),
  recorded: () => t("unsent_recorded"),
  needs_you: () => t("unsent_needs_you"),
};

interface Props {
  items: OutboxItem[];
  byId: ReadonlyMap<string, ApprovalView>;
  user: string | null;
}

export function Unsent({ items, byId, user }: Props) {
  const kept = useKept(user ?? "");
  const { client } = useParts();
  const cache = useQueryClient();
  const now = useNow(15_000);
  const change = useMutation({
    mutationFn: ({ item, act }: { item: OutboxItem; act: "withdraw" | "dismiss" }) => client.transport[act](item.id),
    onSuccess: (_, { item }) => forget(user ?? "", item.approvalId),
    onSettled: () =>
      Promise.all([OUTBOX, STATE, APPROVALS].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  const whyNot = ({ approvalId, code, message, madeAt }: OutboxItem) => {
    const terms = kept.find((one) => one.approvalId === approvalId)?.terms;
    return refusedWords({ code, message, madeAt: madeAt / 1000, toldAt: null, terms }, byId.get(approvalId), user);
  };
  if (items.length === 0) {
    return <p className={styles.empty}>{t("outbox_none")}</p>;
  }
  return (
    <ul className={styles.unsent} aria-label={t("outbox_list")}>
      {items.map((item) => (
        <li key={item.id} data-state={item.state} data-testid="unsent-vote">
          <button type="button" className={styles.link} onClick={() => goTo(item.approvalId)}>
            <Say text={t(item.verdict === "approve" ? "outbox_approve" : "outbox_reject")} parts={{ title: <VisibleText text={byId.get(item.approvalId)?.title ?? item.title} /> }} />
          </button>
          <p>
            <strong>{STATES[item.state]()}</strong> · {t("outbox_signed", { ago: ago(now - item.madeAt / 1000) })}
            {item.forUser && (
              <>
                {" · "}
                <VisibleText text={t("outbox_for", { who: item.forUser })} />
              </>
            )}
            {(item.code || item.message) && <> · {whyNot(item)}</>}
          </p>
          {item.state === "needs_you" && (
            <Button size="small" variant="outlined" onClick={() => change.mutate({ item, act: "dismiss" })}>
              {t("outbox_dismiss")}
            </Button>
          )}
          {item.state === "unsent" && (
            <Button size="small" variant="outlined" onClick={() => change.mutate({ item, act: "withdraw" })}>
              {t("outbox_withdraw")}
            </Button>
          )}
        </li>
      ))}
      {change.isError && <li role="alert">{explain("", change.error.message)}</li>}
    </ul>
  );
}
