/** Whether what ran can be undone, how sure that is, and for how long. Nothing is offered that nobody would carry out. */
import { Button } from "@mui/material";
import { useState } from "react";
import type { AuditEntry } from "../api/types";
import { fullTime, timeLeft } from "../state/clock";
import { useNow } from "../state/console";
import { useCommands } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import styles from "./record.module.css";
import { RollbackDialog } from "./RollbackDialog";
import { t } from "./texts";
import { useOffer, useRollback, type Offer, type RollbackView } from "./useRollback";
import { inWords } from "../words/server";

const RAN = new Set(["execution_started", "execution_finished"]);

/** The execution that an entry is about; null: it is about none. */
export function executionOf(entry: AuditEntry): string | null {
  return RAN.has(entry.kind) ? entry.subject : null;
}

export function Rollback({ entry }: { entry: AuditEntry }) {
  const execution = executionOf(entry);
  const offer = useOffer(execution);
  const last = useRollback(offer.data?.last_rollback ?? null);
  const [open, setOpen] = useState(false);
  const left = useLeft(offer.data);
  const offered = offer.data?.offered === true && left > 0;
  useCommands(offered ? [{ keys: "b", words: t("roll_back_key"), run: () => setOpen(true) }] : []);
  if (execution === null) return null;
  return (
    <section aria-label={t("rollback")} data-testid="rollback">
      <h3>{t("rollback")}</h3>
      {offer.isError && <p className={styles.hint}>{t("rb_not_known")}</p>}
      {offer.data && <Offered offer={offer.data} left={left} />}
      {last.data && <Last rollback={last.data} />}
      {offered && (
        <Button variant="outlined" size="small" onClick={() => setOpen(true)} data-testid="roll-back">
          {t("rb_open")}
        </Button>
      )}
      {open && offer.data && <RollbackDialog offer={offer.data} onClose={() => setOpen(false)} />}
    </section>
  );
}

/** Milliseconds left of the window by the server's clock; without a window: for ever. */
function useLeft(offer: Offer | null | undefined): number {
  const now = useNow(1000);
  return offer?.closes_at == null ? Number.POSITIVE_INFINITY : offer.closes_at / 1000 - now;
}

const REASONS = ["still_runs", "nothing_captured", "nothing_changed", "impossible", "window_closed", "already_asked"] as const;

function Offered({ offer, left }: { offer: Offer; left: number }) {
  if (!offer.offered || left <= 0) {
    const reason = offer.offered ? "window_closed" : (REASONS.find((known) => known === offer.not_offered) ?? "impossible");
    return (
      <p className={styles.hint}>
        {t(`rb_no_${reason}`)}
        {reason === "impossible" && offer.why_not != null && (
          <>
            {" "}
            <VisibleText text={inWords(offer.words, offer.why_not)} />
          </>
        )}
      </p>
    );
  }
  return (
    <>
      <p>
        <Badge truth={offer.truth} /> {offer.closes_at != null && t("rb_until", { when: fullTime(offer.closes_at), left: timeLeft(left) })}
      </p>
      <Listed title={t("rb_undoes")} texts={offer.undoes.map((text) => inWords(offer.words, text))} />
    </>
  );
}

/** How sure it is, said by word and shape, not by colour alone. */
export function Badge({ truth }: { truth: string }) {
  const known = truth === "verified" || truth === "impossible" ? truth : "unverified";
  const mark = { verified: "✓", unverified: "?", impossible: "✕" }[known];
  return (
    <b data-testid="truth" data-truth={known}>
      <span aria-hidden="true">{mark}</span> {t(`rb_${known}`)}
    </b>
  );
}

/** `heading` is one below what it stands under. */
export function Listed({ title, texts, heading: Heading = "h4" }: { title: string; texts: string[]; heading?: "h3" | "h4" }) {
  if (texts.length === 0) return null;
  return (
    <>
      <Heading>{title}</Heading>
      <ul>
        {texts.map((text) => (
          <li key={text}>
            <VisibleText text={text} />
          </li>
        ))}
      </ul>
    </>
  );
}

const STATUSES = ["planning", "rehearsed", "refused", "waiting", "approved", "rejected", "expired", "revoked", "cancelled", "started", "succeeded", "failed", "unknown"] as const;

/** Where a rollback stands, in words. */
export function statusWords(status: string): string {
  const known = STATUSES.find((name) => name === status);
  return known === undefined ? status : t(`rb_is_${known}`);
}

function Last({ rollback }: { rollback: RollbackView }) {
  return (
    <div data-testid="last-rollback" data-status={rollback.status}>
      <p>
        <b>{statusWords(rollback.status)}</b>
        {rollback.why != null && (
          <>
            {" "}
            <VisibleText text={inWords(rollback.words, rollback.why)} />
          </>
        )}{" "}
        {rollback.status === "waiting" && rollback.approval_id != null && <a href={`#/approvals/${rollback.approval_id}`}>{t("rb_to_request")}</a>}
      </p>
      <Listed title={t("rb_proof")} texts={(rollback.proof ?? []).map((text) => inWords(rollback.words, text))} />
      <Listed title={t("rb_afterwards")} texts={(rollback.afterwards ?? []).map((text) => inWords(rollback.words, text))} />
    </div>
  );
}
