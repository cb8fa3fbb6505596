/** Sealed envelopes: those that are handed out, taking one ahead of time, and opening one for a gate without network. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import type { ConsoleState, EnvelopeView } from "../api/types";
import { NotRead } from "../grants/NotRead";
import { Waiting } from "../shell/Failure";
import { fullTime } from "../state/clock";
import { useNow, useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import styles from "./emergency.module.css";
import { OpenEnvelope } from "./OpenEnvelope";
import { TakeEnvelope } from "./TakeEnvelope";
import { t } from "./texts.envelopes";
import { useEnvelopes, useRevokeEnvelope } from "./useEnvelopes";

const STATUSES = ["sealed", "expired", "revoked", "opened"] as const;

/** As it stands now: an envelope that nobody opened runs out by itself. */
export function statusOf(envelope: EnvelopeView, now: number): (typeof STATUSES)[number] {
  if (envelope.status === "sealed" && now >= envelope.not_after / 1000) return "expired";
  return STATUSES.find((known) => known === envelope.status) ?? "sealed";
}

export const scopeWords = ({ scope, name }: Pick<EnvelopeView, "scope" | "name">): string =>
  t(scope === "agent" ? "scope_agent" : "scope_repo", { name });

export function Envelopes({ state }: { state: ConsoleState }) {
  const found = useEnvelopes();
  const { glass } = useParts().client.transport;
  const now = useNow(1000);
  const [open, setOpen] = useState<"take" | "open" | null>(null);
  const [told, setTold] = useState("");
  const revoke = useRevokeEnvelope(() => setTold(t("revoked_ok")));
  if (found.isPending) return <Waiting rows={3} />;
  if (found.isError) return <NotRead error={found.error} onRetry={() => void found.refetch()} />;
  const isOnCall = state.role === "oncall";
  const mine = found.data.filter((envelope) => envelope.holder === state.user);
  const others = found.data.filter((envelope) => envelope.holder !== state.user);
  const lists = [
    { title: t("mine"), rows: mine },
    { title: t("others"), rows: others },
  ].filter(({ rows }) => rows.length > 0);
  return (
    <>
      <p className={styles.hint}>{t("intro")}</p>
      <div className={styles.acts}>
        {isOnCall && (
          <Button variant="outlined" disabled={!state.online} onClick={() => setOpen("take")} data-testid="take-envelope">
            {t("take")}
          </Button>
        )}
        {glass && isOnCall && (
          <Button variant="contained" color="error" onClick={() => setOpen("open")} data-testid="open-envelope">
            {t("open")}
          </Button>
        )}
      </div>
      {!isOnCall && <Alert severity="info">{t("may_not")}</Alert>}
      {isOnCall && !glass && <Alert severity="info">{t("no_step_up")}</Alert>}
      {!state.online && glass && <Alert severity="warning">{t("offline")}</Alert>}
      <div role="status" className={styles.told} data-testid="envelopes-told">
        {told !== "" && (
          <Alert severity="success" onClose={() => setTold("")}>
            {told}
          </Alert>
        )}
      </div>
      {found.data.length === 0 && (
        <div className={styles.empty}>
          <p>{t("none")}</p>
          {isOnCall && <p className={styles.hint}>{t("none_next")}</p>}
        </div>
      )}
      {lists.map(({ title, rows }) => (
        <section key={title} className={styles.section} aria-label={title}>
          <h2 className={styles.head}>{title}</h2>
          <ul className={styles.list}>
            {rows.map((envelope) => (
              <Row key={envelope.id} envelope={envelope} now={now} device={state.device?.id ?? ""} isMine={rows === mine} onRevoke={isOnCall && state.online ? () => revoke.mutate(envelope.id) : null} />
            ))}
          </ul>
        </section>
      ))}
      {open === "take" && (
        <TakeEnvelope
          holder={state.user ?? ""}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null);
            setTold(t("taken"));
          }}
        />
      )}
      {open === "open" && glass && <OpenEnvelope glass={glass} onClose={() => setOpen(null)} />}
    </>
  );
}

interface RowProps {
  envelope: EnvelopeView;
  now: number;
  device: string;
  isMine: boolean;
  onRevoke: (() => void) | null;
}

function Row({ envelope, now, device, isMine, onRevoke }: RowProps) {
  const status = statusOf(envelope, now);
  const what = scopeWords(envelope);
  return (
    <li className={styles.envelope} data-testid="envelope" data-status={status}>
      <div className={styles.main}>
        <p className={styles.what}>
          <VisibleText text={what} />
        </p>
        <p className={styles.meta}>
          <VisibleText text={t("gate", { name: envelope.gate_name })} />
          <span>{t("minutes", { n: envelope.minutes })}</span>
          <span>{t("until", { at: fullTime(envelope.not_after) })}</span>
          <VisibleText text={t("issued", { by: envelope.issued_by, at: fullTime(envelope.issued_at) })} />
          {!isMine && <VisibleText text={t("holder", { user: envelope.holder })} />}
          {isMine && device !== "" && envelope.device_id !== device && <b>{t("other_device")}</b>}
        </p>
      </div>
      <div className={styles.side}>
        <span className={styles.standing}>{t(status)}</span>
        {status === "opened" && <a href="#/emergency/reviews">{t("opened_review")}</a>}
        {status === "sealed" && onRevoke && (
          <Button size="small" color="error" variant="outlined" aria-label={t("revoke_of", { what })} onClick={onRevoke}>
            {t("revoke")}
          </Button>
        )}
      </div>
    </li>
  );
}
