/** The outbox: votes signed here that the server does not have, or refused. */
import { Button } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain } from "../api/problem";
import type { OutboxItem } from "../api/types";
import { ago } from "../state/clock";
import { APPROVALS, OUTBOX, STATE, useNow, useParts } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import styles from "./queue.module.css";

const WORDS: Record<OutboxItem["state"], string> = {
  unsent: "Signed here – not in effect until sent",
  sending: "Sending…",
  recorded: "Recorded",
  needs_you: "Needs you",
};

export function Unsent({ items }: { items: OutboxItem[] }) {
  const { client } = useParts();
  const cache = useQueryClient();
  const now = useNow(15_000);
  const change = useMutation({
    mutationFn: ({ id, act }: { id: string; act: "withdraw" | "dismiss" }) => client.transport[act](id),
    onSettled: () =>
      Promise.all([OUTBOX, STATE, APPROVALS].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  if (items.length === 0) {
    return (
      <p className={styles.empty}>
        Nothing waits to be sent. Votes you sign while offline appear here until the server has recorded them.
      </p>
    );
  }
  return (
    <ul className={styles.unsent} aria-label="Unsent votes">
      {items.map((item) => (
        <li key={item.id} data-state={item.state} data-testid="unsent-vote">
          <button type="button" className={styles.link} onClick={() => goTo(item.approvalId)}>
            {item.verdict === "approve" ? "Approve" : "Reject"}: <VisibleText text={item.title} />
          </button>
          <p>
            <strong>{WORDS[item.state]}</strong> · signed {ago(now - item.madeAt / 1000)}
            {(item.code || item.message) && <> · {explain(item.code ?? "", item.message)}</>}
          </p>
          {item.state === "needs_you" && (
            <Button size="small" variant="outlined" onClick={() => change.mutate({ id: item.id, act: "dismiss" })}>
              Dismiss
            </Button>
          )}
          {item.state === "unsent" && (
            <Button size="small" variant="outlined" onClick={() => change.mutate({ id: item.id, act: "withdraw" })}>
              Withdraw
            </Button>
          )}
        </li>
      ))}
      {change.isError && <li role="alert">{explain("", change.error.message)}</li>}
    </ul>
  );
}
