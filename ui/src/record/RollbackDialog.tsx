/** Rehearses a rollback where it would run, shows what it would and would not undo, and asks for it with a reason. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useEffect, useId, useRef, useState } from "react";
import { asApiError, explain } from "../api/problem";
import { VisibleText } from "../text/VisibleText";
import styles from "./record.module.css";
import { Badge, Listed, statusWords } from "./Rollback";
import { t } from "./texts";
import { useAsk, useRollback, type Offer, type Plan } from "./useRollback";
import { inWords, titleIn } from "../words/server";

interface Props {
  offer: Offer;
  onClose: () => void;
}

export function RollbackDialog({ offer, onClose }: Props) {
  const rehearse = useAsk();
  const ask = useAsk();
  const [reason, setReason] = useState("");
  const title = useId();
  const begun = useRef(false);
  const { mutate } = rehearse;
  useEffect(() => {
    // Strict mode runs effects twice; one rehearsal is enough.
    if (begun.current) return;
    begun.current = true;
    mutate({ execution_id: offer.execution_id, reason: "", dry_run: true });
  }, [mutate, offer.execution_id]);
  const rehearsal = useRollback(rehearse.data?.id ?? null);
  const plan = rehearsal.data?.plan ?? null;
  const asked = useRollback(ask.data?.id ?? null);
  const thrown = ask.error ?? rehearse.error ?? rehearsal.error;
  const problem = thrown == null ? null : asApiError(thrown);
  const waits = rehearsal.data?.status === "planning" || rehearse.isPending;
  const possible = plan !== null && plan.truth !== "impossible";
  const submit = () => ask.mutate({ execution_id: offer.execution_id, reason: reason.trim(), dry_run: false });
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="md" fullWidth>
      <DialogTitle id={title}>{t("rb_title")}</DialogTitle>
      <DialogContent className={styles.plan}>
        <p>
          <VisibleText text={titleIn(offer.words, offer.title)} />
        </p>
        {waits && <p className={styles.hint}>{t("rb_rehearsing")}</p>}
        {rehearsal.data?.status === "expired" && <Alert severity="warning">{t("rb_no_runner")}</Alert>}
        {plan !== null && <Planned plan={plan} say={(text) => inWords(rehearsal.data?.words, text)} />}
        <Listed heading="h3" title={t("rb_dependents")} texts={offer.dependents.map((text) => titleIn(offer.words, text))} />
        {asked.data === undefined ? (
          <TextField
            label={t("rb_reason")}
            helperText={t("rb_reason_hint")}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            disabled={!possible}
            fullWidth
            margin="normal"
            slotProps={{ htmlInput: { maxLength: 500, "data-testid": "rollback-reason" } }}
          />
        ) : (
          <Alert severity="info" data-testid="rollback-asked">
            {statusWords(asked.data.status)}{" "}
            {asked.data.why != null && <VisibleText text={inWords(asked.data.words, asked.data.why)} />}{" "}
            {asked.data.approval_id != null && <a href={`#/approvals/${asked.data.approval_id}`}>{t("rb_to_request")}</a>}
          </Alert>
        )}
        {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t(asked.data === undefined ? "cancel" : "rb_close")}</Button>
        {asked.data === undefined && (
          <Button
            variant="contained"
            disabled={!possible || reason.trim() === "" || ask.isPending}
            onClick={submit}
            data-testid="confirm-rollback"
          >
            {t("rb_ask")}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function Planned({ plan, say }: { plan: Plan; say: (text: string) => string }) {
  return (
    <div data-testid="rollback-plan">
      <p>
        <Badge truth={plan.truth} /> {plan.why != null && <VisibleText text={say(plan.why)} />}
      </p>
      <ol>
        {plan.steps.map((step) => (
          <li key={`${step.strategy} ${step.target}`}>
            {t(`rb_by_${strategyOf(step.strategy)}`)}: <VisibleText text={step.target} />
            {(step.command ?? step.sql) != null && (
              <pre className={styles.payload}>
                <VisibleText text={step.command ?? step.sql ?? ""} />
              </pre>
            )}
          </li>
        ))}
      </ol>
      <Listed heading="h3" title={t("rb_undoes")} texts={plan.undoes.map(say)} />
      <Listed heading="h3" title={t("rb_leaves")} texts={plan.leaves.map(say)} />
      <Listed heading="h3" title={t("rb_later")} texts={plan.dependents.map(say)} />
      <Listed heading="h3" title={t("rb_afterwards")} texts={plan.afterwards.map(say)} />
    </div>
  );
}

const STRATEGIES = ["git", "config", "feature_flag", "database"] as const;

function strategyOf(name: string): (typeof STRATEGIES)[number] {
  return STRATEGIES.find((known) => known === name) ?? "config";
}
