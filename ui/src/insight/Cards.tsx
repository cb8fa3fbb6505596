/** The few numbers above the charts. */
import styles from "./insight.module.css";
import { count, share, span } from "./numbers";
import { recordHref } from "./period";
import { t } from "./texts";
import type { Insights } from "./useInsights";

interface Card {
  name: string;
  value: string | null;
  note?: string | undefined;
  /** Where what was counted can be seen. */
  href?: string;
}

const DAY = 86_400_000_000;

function cardsOf(found: Insights): Card[] {
  const { median_ms: half, p95_ms: most } = found.time_to_decide;
  const hasty = found.approvers.flatMap(({ rubber_stamp: rate }) => (rate == null ? [] : [rate]));
  const asked = Object.values(found.outcomes).reduce((all, level) => all + (level["asked"] ?? 0), 0);
  const days = Math.max(1, Math.round((found.to - found.from) / DAY));
  const people = found.approvers.length;
  const late = found.bypass_reviews_overdue ?? 0;
  const sealed = found.envelopes;
  const refused = Object.values(found.refused_votes).reduce((all, times) => all + times, 0);
  return [
    { name: t("waiting"), value: count(found.waiting_now), note: t("waiting_note"), href: "#/" },
    { name: t("decide"), value: half == null ? null : span(half), note: most == null ? undefined : t("decide_note", { span: span(most) }) },
    { name: t("auto"), value: found.auto_share == null ? null : share(found.auto_share) },
    { name: t("hasty"), value: hasty.length === 0 ? null : share(Math.max(...hasty)), note: t("hasty_note", { count: people }) },
    { name: t("prompts"), value: people === 0 ? null : count(Math.round((asked / people / days) * 10) / 10) },
    { name: t("expired_card"), value: count(found.expired_unanswered), href: recordHref(found, { kind: "approval_expired" }) },
    { name: t("rolled"), value: count(found.rolled_back_after_approval), href: recordHref(found, { kind: "rollback_finished" }) },
    { name: t("refused"), value: count(refused), href: recordHref(found, { kind: "vote_refused" }) },
    { name: t("reviews"), value: count(found.bypasses_to_review ?? 0), note: late > 0 ? t("reviews_late", { n: late }) : undefined, href: "#/emergency/reviews" },
    { name: t("envelopes"), value: count(sealed?.opened ?? 0), note: sealed && t("envelopes_note", { issued: sealed.issued, refused: sealed.refused, returned: sealed.returned }) },
  ];
}

export function Cards({ found }: { found: Insights }) {
  return (
    <dl className={styles.cards} aria-label={t("cards")}>
      {cardsOf(found).map(({ name, value, note, href }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value === null ? <span className={styles.none}>{t("none")}</span> : <strong>{value}</strong>}
            {value !== null && note !== undefined && <small>{note}</small>}
            {value !== null && href !== undefined && (
              <a href={href} aria-label={t("see_of", { words: t("see"), title: name })}>
                {t("see")}
              </a>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
