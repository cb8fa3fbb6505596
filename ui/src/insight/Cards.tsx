/** The few numbers above the charts. */
import styles from "./insight.module.css";
import { count, share, span } from "./numbers";
import { t } from "./texts";
import type { Insights } from "./useInsights";

interface Card {
  name: string;
  value: string | null;
  note?: string | undefined;
}

const DAY = 86_400_000_000;

function cardsOf(found: Insights): Card[] {
  const { median_ms: half, p95_ms: most } = found.time_to_decide;
  const hasty = found.approvers.flatMap(({ rubber_stamp: rate }) => (rate == null ? [] : [rate]));
  const asked = Object.values(found.outcomes).reduce((all, level) => all + (level["asked"] ?? 0), 0);
  const days = Math.max(1, Math.round((found.to - found.from) / DAY));
  const people = found.approvers.length;
  const refused = Object.values(found.refused_votes).reduce((all, times) => all + times, 0);
  return [
    { name: t("waiting"), value: count(found.waiting_now), note: t("waiting_note") },
    { name: t("decide"), value: half == null ? null : span(half), note: most == null ? undefined : t("decide_note", { span: span(most) }) },
    { name: t("auto"), value: found.auto_share == null ? null : share(found.auto_share) },
    { name: t("hasty"), value: hasty.length === 0 ? null : share(Math.max(...hasty)), note: t("hasty_note", { n: people }) },
    { name: t("prompts"), value: people === 0 ? null : count(Math.round((asked / people / days) * 10) / 10) },
    { name: t("expired_card"), value: count(found.expired_unanswered) },
    { name: t("rolled"), value: count(found.rolled_back_after_approval) },
    { name: t("refused"), value: count(refused) },
  ];
}

export function Cards({ found }: { found: Insights }) {
  return (
    <dl className={styles.cards} aria-label={t("cards")}>
      {cardsOf(found).map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value === null ? <span className={styles.none}>{t("none")}</span> : <strong>{value}</strong>}
            {value !== null && note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
