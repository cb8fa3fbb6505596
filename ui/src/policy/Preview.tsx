/** What the draft would have changed about recorded decisions, before it is saved. */
import type { RefObject } from "react";
import { Failure } from "../shell/Failure";
import { language } from "../words/words";
import { Changes } from "./Changes";
import type { PolicyRequest, PreviewView } from "./calls";
import type { Difference } from "./draft";
import { Examples } from "./Examples";
import { linesOf } from "./lines";
import styles from "./policy.module.css";
import { t } from "./texts";
import { usePreview } from "./usePolicy";
import { inWords } from "../words/server";

/** So many changes are shown without being asked for. */
const FEW = 6;

interface Props {
  heading: RefObject<HTMLHeadingElement | null>;
  user: string;
  /** `null`: nothing to try. */
  request: PolicyRequest | null;
  changes: Difference[];
  /** Said while there is nothing to try. */
  none: string;
}

export function Preview({ heading, user, request, changes, none }: Props) {
  const { query, working } = usePreview(user, request);
  return (
    <section className={styles.preview} aria-label={t("preview")} aria-busy={request !== null && working}>
      <h3 ref={heading} tabIndex={-1}>
        {t("preview")}
      </h3>
      {request === null ? (
        <p className={styles.quiet}>{none}</p>
      ) : (
        <>
          <p className={styles.quiet} role="status">
            {working ? t("preview_working") : query.data ? summary(query.data) : ""}
          </p>
          {query.isError && !working && <Failure error={query.error} onRetry={() => void query.refetch()} />}
          {query.data && !query.isError && <Replay data={query.data} stale={working} />}
          <details className={styles.examples} open={changes.length <= FEW}>
            <summary>
              {t("what_changes")} ({changes.length})
            </summary>
            <Changes lines={linesOf(changes)} label={t("what_changes")} />
          </details>
        </>
      )}
    </section>
  );
}

const decimal = (value: number): string => value.toLocaleString(language(), { maximumFractionDigits: 1 });

/** The replay in one sentence. */
function summary({ counts, looked_at: looked, more, prompts_per_day_before: before, prompts_per_day_after: after }: PreviewView): string {
  const said = [t("looked_at", { count: counts.considered })];
  if (more) said.push(t("looked_at_more", { count: looked }));
  if (before !== undefined && after !== undefined) said.push(t("prompts", { before: decimal(before), after: decimal(after) }));
  if (counts.newly_auto > 0) said.push(t("would_auto", { count: counts.newly_auto }));
  if (counts.newly_auto_that_people_rejected > 0) said.push(t("would_rejected", { count: counts.newly_auto_that_people_rejected }));
  if (counts.newly_asking > 0) said.push(t("would_ask", { count: counts.newly_asking }));
  if (counts.newly_blocked > 0) said.push(t("would_block", { count: counts.newly_blocked }));
  if (counts.considered > 0 && said.length === 1) said.push(t("would_nothing"));
  return said.join(" ");
}

function Replay({ data, stale }: { data: PreviewView; stale: boolean }) {
  const { counts } = data;
  const rows = [
    { name: t("lane_auto"), before: counts.auto_before, after: counts.auto_after },
    { name: t("would_asked"), before: counts.asking_before, after: counts.asking_after },
    { name: t("lane_block"), before: counts.blocked_before, after: counts.blocked_after },
  ];
  return (
    <div data-stale={stale} className={styles.replay}>
      {data.warnings.map((warning) => (
        <p key={warning} className={styles.warn}>
          <span aria-hidden="true">⚠ </span>
          {inWords(data.words, warning)}
        </p>
      ))}
      {counts.newly_auto_that_people_rejected > 0 && (
        <p className={styles.bad} data-testid="rejected-warning">
          <span aria-hidden="true">▲ </span>
          {t("would_rejected", { count: counts.newly_auto_that_people_rejected })}
        </p>
      )}
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("decided")}</th>
            <th scope="col">{t("before")}</th>
            <th scope="col">{t("after")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, before, after }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{before}</td>
              <td>
                <b>{after}</b>
                {after !== before && <span className={styles.quiet}> ({after > before ? `+${after - before}` : after - before})</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Examples title={t("newly_auto")} items={data.newly_auto} looser total={counts.newly_auto} />
      <Examples title={t("newly_asking")} items={data.newly_asking} total={counts.newly_asking} />
      <Examples title={t("newly_blocked")} items={data.newly_blocked} total={counts.newly_blocked} />
    </div>
  );
}
