/** What ran under a bypass, each with what it would have been and who was skipped. */
import { levelOf, type BypassDetail } from "../api/types";
import { Waiting } from "../shell/Failure";
import { NotRead } from "../grants/NotRead";
import { LevelMark } from "../shell/LevelMark";
import { ruleWords } from "../shell/words";
import { clockTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./emergency.module.css";
import { t } from "./texts.bypass";
import { useBypassDetail } from "./useBypass";
import { titleIn } from "../words/server";
import { language } from "../words/words";

type Run = BypassDetail["runs"][number];
const OUTCOMES = ["issued", "started", "succeeded", "failed", "unknown", "expired", "revoked"] as const;

export function Runs({ id }: { id: string }) {
  const found = useBypassDetail(id);
  if (found.isPending) return <Waiting rows={2} />;
  if (found.isError) return <NotRead error={found.error} onRetry={() => void found.refetch()} />;
  const { runs } = found.data;
  return (
    <section aria-label={t("what_ran")} className={styles.section}>
      <h3 className={styles.head}>
        {t("what_ran")} <span className={styles.hint}>{t("runs", { count: runs.length })}</span>
      </h3>
      {runs.length === 0 && <p className={styles.hint}>{t("nothing_ran")}</p>}
      <ul className={styles.runs}>
        {runs.map((run) => (
          <RunRow key={run.action_id} run={run} />
        ))}
      </ul>
    </section>
  );
}

function RunRow({ run }: { run: Run }) {
  const outcome = OUTCOMES.find((known) => known === run.outcome) ?? "unknown";
  return (
    <li className={styles.run} data-testid="bypass-run" data-outcome={run.outcome}>
      <span className={styles.runWhat}>
        <VisibleText text={titleIn(run.words, run.title)} />
      </span>
      <span>
        <LevelMark level={levelOf(run.level)} /> <VisibleText ours text={`${run.actor} · ${t("would", { rule: ruleWords(run.would_rule) })}`} />
        {run.skipped.length > 0 && <VisibleText text={` · ${t("skipped", { users: run.skipped.join(", ") })}`} />}
      </span>
      <span className={styles.runEnd}>
        {t(`outcome_${outcome}` as const)}, {clockTime(run.at)} <a href={`#/record/${run.ledger_index}`}>{t("entry", { n: run.ledger_index.toLocaleString(language()) })}</a>
      </span>
    </li>
  );
}
