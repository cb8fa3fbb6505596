/** What became of the last decision, or of one that waits in the outbox. What did not count stays until it is dismissed. */
import { Button } from "@mui/material";
import type { ReactNode } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ApprovalView, OutboxItem } from "../api/types";
import { OUTBOX, STATE, useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";
import { refusedOf, useKept } from "./decisions";
import { LateReject } from "./LateReject";
import { LOST, refusedWords } from "./refusal";
import { t } from "./texts";
import type { Decision } from "./useDecision";

interface Props {
  view: ApprovalView;
  user: string | null;
  decision: Decision;
  unsent: OutboxItem | undefined;
}

export function Told({ view, user, decision: { outcome, dismiss }, unsent }: Props) {
  const kept = useKept(user ?? "").find(({ approvalId }) => approvalId === view.id);
  const refused = kept && refusedOf([kept]).at(0);
  const dismissSent = useDismissSent(unsent?.id);
  if (outcome?.state === "refused" || (refused && outcome === null && unsent === undefined)) {
    const { code, message } = refused ?? outcome ?? {};
    const known = refused ?? { code, message, madeAt: 0, toldAt: null };
    return (
      <Line
        look={styles.refused}
        state="refused"
        // What was refused just now is said at once; what was refused before is only shown.
        role={outcome ? "alert" : "status"}
        head={t(code === LOST ? "told_lost" : "told_refused")}
        onDismiss={dismiss}
        more={code === "already_decided" && view.status === "approved" && refused?.verdict === "reject" && <LateReject actionId={view.action_id} />}
      >
        {refusedWords(known, view, user)}
      </Line>
    );
  }
  if (outcome?.state === "recorded" || unsent?.state === "recorded") {
    const at = outcome?.ledgerIndex ?? unsent?.ledgerIndex;
    return (
      <Line look={styles.recorded} state="recorded" role="status" head={at == null ? t("told_recorded") : t("told_recorded_at", { index: at })}>
        {t("told_in_ledger")}
      </Line>
    );
  }
  if (unsent?.state === "needs_you") {
    const known = { code: unsent.code, message: unsent.message, madeAt: unsent.madeAt / 1000, toldAt: null, terms: kept?.terms };
    return (
      <Line look={styles.refused} state="needs_you" role="status" head={t("told_needs_you")} onDismiss={dismissSent} more={unsent.code === "already_decided" && view.status === "approved" && unsent.verdict === "reject" && <LateReject actionId={view.action_id} />}>
        {refusedWords(known, view, user)}
      </Line>
    );
  }
  if (outcome?.state === "queued" || unsent) {
    return (
      <Line look={styles.queued} state="queued" role="status" head={t("told_queued")}>
        {unsent?.forUser && <VisibleText text={t("told_for", { who: unsent.forUser })} />} {t("told_queued_note")}
      </Line>
    );
  }
  return null;
}

/** The person knows that a vote of the outbox did not count. */
export function useDismissSent(id: string | undefined): () => void {
  const { transport } = useParts().client;
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: (one: string) => transport.dismiss(one),
    onSettled: () => Promise.all([OUTBOX, STATE].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  return () => {
    if (id !== undefined) act.mutate(id);
  };
}

interface LineProps {
  look: string | undefined;
  state: string;
  role: "alert" | "status";
  head: string;
  onDismiss?: () => void;
  /** What can be done about it. */
  more?: ReactNode;
  children: ReactNode;
}

function Line({ look, state, role, head, onDismiss, more, children }: LineProps) {
  return (
    <div className={styles.told}>
      <div className={look}>
        <p role={role} data-testid="outcome" data-state={state}>
          <b>{head}</b> {children}
        </p>
        {more}
        {onDismiss && (
          <Button size="small" color="inherit" data-testid="dismiss-outcome" onClick={onDismiss}>
            {t("dismiss")}
          </Button>
        )}
      </div>
    </div>
  );
}
