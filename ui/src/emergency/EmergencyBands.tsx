/** Bands on every screen while something is stopped or bypassed, or waits for this person. */
import { Button } from "@mui/material";
import type { ReactNode } from "react";
import type { ConsoleState } from "../api/types";
import styles from "../shell/shell.module.css";
import { fullTime, timeLeft } from "../state/clock";
import { useNow } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { inForce, reviews, toConfirm } from "./bypass";
import { t } from "./texts";
import { coverWords, t as b } from "./texts.bypass";
import { useBypasses, useEndBypass } from "./useBypass";
import { scopeWords, useFreezes } from "./useStops";

export function EmergencyBands({ state }: { state: ConsoleState }) {
  return (
    <div className={styles.banners} aria-live="polite">
      <BypassBands online={state.online} />
      <StopBands queued={state.unsent_stops ?? 0} />
    </div>
  );
}

function Band({ name, tone, head, text, children }: { name: string; tone: "calm" | "warn" | "bad"; head: string; text: string; children: ReactNode }) {
  return (
    <div className={styles.banner} data-tone={tone} data-testid="state-banner" data-state={name}>
      <b>
        <VisibleText ours text={head} />
      </b>
      <VisibleText ours text={text} />
      {children}
    </div>
  );
}

function BypassBands({ online }: { online: boolean }) {
  const list = useBypasses().data;
  const now = useNow(1000);
  const end = useEndBypass(() => undefined);
  const open = reviews(list, now).filter((view) => view.you.review);
  const [first] = open;
  const late = first?.review_due_at != null && now >= first.review_due_at / 1000;
  const show = (href: string) => <a href={href}>{b("band_show")}</a>;
  return (
    <>
      {inForce(list, now).map((view) => (
        <Band
          key={view.id}
          name="bypass"
          tone="bad"
          head={`${b("band_active")}, ${b("band_left", { time: timeLeft((view.ends_at ?? 0) / 1000 - now) })}`}
          text={b("band_by", { user: view.by, covers: coverWords(view), incident: view.incident })}
        >
          {show("#/emergency/bypass")}
          {view.you.end && (
            <Button size="small" color="error" variant="contained" disabled={!online || end.isPending} onClick={() => end.mutate(view.id)} data-testid="band-end-bypass">
              {b("band_end")}
            </Button>
          )}
        </Band>
      ))}
      {toConfirm(list, now).map((view) => (
        <Band key={view.id} name="bypass-asked" tone="warn" head={b("band_asked", { user: view.by })} text={b("band_asked_text")}>
          {show("#/emergency/bypass")}
        </Band>
      ))}
      {first && (
        <Band
          name="bypass-review"
          tone={late ? "bad" : "calm"}
          head={b("band_review", { count: open.length })}
          text={first.review_due_at == null ? "" : b(late ? "band_review_over" : "band_review_due", { at: fullTime(first.review_due_at) })}
        >
          {show("#/emergency/reviews")}
        </Band>
      )}
    </>
  );
}

function StopBands({ queued }: { queued: number }) {
  const freezes = useFreezes().data ?? [];
  const [first] = freezes;
  const more = freezes.length - 1;
  return (
    <>
      {first && (
        <Band
          name="frozen"
          tone="bad"
          head={more === 0 ? t("band_frozen", { what: scopeWords(first) }) : t("band_frozen_more", { what: scopeWords(first), count: more })}
          text={t("band_by", { user: first.by, reason: first.reason })}
        >
          <a href="#/emergency">{t("band_open")}</a>
        </Band>
      )}
      {queued > 0 && (
        <Band name="stop-queued" tone="warn" head={t("band_queued", { count: queued })} text={t("band_queued_text")}>
          <a href="#/emergency">{t("band_open")}</a>
        </Band>
      )}
    </>
  );
}
