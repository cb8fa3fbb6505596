/** Who else is at it: who reads it, who claimed it; and that this person put it off. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ApprovalView, ConsoleState } from "../api/types";
import { mayDecide } from "../decide/eligibility";
import { clockTime } from "../state/clock";
import { storeApproval, useParts } from "../state/console";
import styles from "./detail.module.css";
import { t } from "./texts";

/** Without a sign of life for this long the reader is gone for lunch, and the others are told so. */
const IDLE_MS = 120_000;

interface Props {
  view: ApprovalView;
  console: ConsoleState | undefined;
  now: number;
}

export function Present({ view, console, now }: Props) {
  const { client } = useParts();
  const cache = useQueryClient();
  const user = console?.user ?? null;
  const waits = view.status === "pending";
  // Also without a connection: a console rings for nothing that its person has before their eyes.
  useReading(waits && mayDecide(console) ? view.id : null);
  if (!waits) return null;
  const readers = (console?.reading?.[view.id] ?? []).filter((name) => name !== user);
  const claim = view.claimed_by;
  const until = view.snoozed_until;
  return (
    <div className={styles.present} data-testid="present">
      {claim && <p>{claim.user === user ? t("claimed_you", { at: clockTime(claim.at) }) : t("claimed", { who: claim.user, at: clockTime(claim.at) })}</p>}
      {readers.length > 0 && <p>{t("reading", { who: readers.join(", "), count: readers.length })}</p>}
      {until != null && until / 1000 > now && (
        <p>
          {t("snoozed", { at: clockTime(until) })}{" "}
          <button
            type="button"
            className={styles.link}
            onClick={() => void client.wake(view.id).then((next) => storeApproval(cache, next), () => undefined)}
          >
            {t("wake")}
          </button>
        </p>
      )}
    </div>
  );
}

/** Tells the others that this is read, while it is open, in view, and somebody is there. */
function useReading(id: string | null): void {
  const { client } = useParts();
  useEffect(() => {
    if (id === null) return undefined;
    let told = false;
    let idle: ReturnType<typeof setTimeout> | undefined;
    // That somebody reads is a courtesy: when it cannot be told, nothing is lost.
    const tell = (reads: boolean) => {
      if (told === reads) return;
      told = reads;
      void client.reading(id, reads).catch(() => undefined);
    };
    const alive = () => {
      clearTimeout(idle);
      if (document.visibilityState === "hidden") {
        tell(false);
        return;
      }
      tell(true);
      idle = setTimeout(() => tell(false), IDLE_MS);
    };
    const signs = ["visibilitychange", "pointermove", "keydown", "wheel"] as const;
    for (const sign of signs) document.addEventListener(sign, alive, { passive: true });
    alive();
    return () => {
      clearTimeout(idle);
      for (const sign of signs) document.removeEventListener(sign, alive);
      tell(false);
    };
  }, [client, id]);
}
