/** What people decided earlier about requests like this, and what is new this time. */
import { useQuery } from "@tanstack/react-query";
import { asApiError, explain } from "../api/problem";
import { need, httpOver } from "../api/client";
import { levelOf, type ApprovalView } from "../api/types";
import type { components } from "../api/schema.gen";
import { LevelMark } from "../shell/LevelMark";
import { factWords, score } from "../shell/words";
import { fullTime } from "../state/clock";
import { useParts } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { AgentRecord } from "./AgentRecord";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts";
import { t as r } from "./texts.run";
import { inWords, titleIn } from "../words/server";

type Precedent = components["schemas"]["PrecedentView"];

export function Precedents({ view, online }: { view: ApprovalView; online: boolean }) {
  const { client } = useParts();
  const found = useQuery({
    queryKey: ["precedents", view.id],
    queryFn: () =>
      need(
        httpOver(client.transport).GET("/api/governance/approvals/{id}/precedents", { params: { path: { id: view.id } } }),
      ),
    enabled: online,
  });
  return (
    <Section title={t("precedents")} aside={found.data && t("compared", { count: found.data.compared })}>
      <div data-testid="precedents">
        <AgentRecord view={view} />
        {found.data ? (
          <>
            {found.data.items.length === 0 && <p className={styles.note}>{t("first_of_kind")}</p>}
            {found.data.items.length > 0 && (
              <ol className={styles.precedents}>
                {found.data.items.map((item) => (
                  <li key={item.approval_id}>
                    <Earlier item={item} view={view} />
                  </li>
                ))}
              </ol>
            )}
            {found.data.more && <p className={styles.note}>{t("more_earlier")}</p>}
          </>
        ) : (
          <State online={online} error={found.error} onRetry={() => void found.refetch()} />
        )}
      </div>
    </Section>
  );
}

function State({ online, error, onRetry }: { online: boolean; error: Error | null; onRetry: () => void }) {
  if (!online) return <p className={styles.note}>{t("precedents_offline")}</p>;
  if (!error) return <p className={styles.note}>{t("precedents_loading")}</p>;
  const { code, message } = asApiError(error);
  return (
    <p className={styles.note}>
      {t("precedents_failed")} {explain(code, message)}{" "}
      <button type="button" className={styles.link} onClick={onRetry}>
        {t("retry")}
      </button>
    </p>
  );
}

/** How it went, where that should give pause. */
function Ran({ item: { ran, rolled_back: undone } }: { item: Precedent }) {
  const why = undone === true ? "ran_rolled_back" : ran === "failed" ? "ran_failed" : ran === "unknown" ? "ran_unknown" : null;
  return why && <p data-testid="precedent-ran">▲ {r(why)}</p>;
}

function Earlier({ item, view }: { item: Precedent; view: ApprovalView }) {
  const change = Math.round((view.risk_score - item.risk_score) * 1000);
  const news = [
    ...item.new_facts.map((fact) => t("new_fact", { fact: factWords(fact) })),
    ...item.new_targets.map((target) => t("new_target", { target: inWords(item.words, target) })),
    ...(item.other_agent ? [t("other_agent", { agent: item.agent ?? t("nobody") })] : []),
    ...(item.other_policy ? [t("other_policy")] : []),
    ...(item.other_rule ? [t("other_rule")] : []),
    ...(change === 0 ? [] : [t(change > 0 ? "risk_up" : "risk_down", { by: score(Math.abs(change) / 1000) })]),
  ];
  return (
    <>
      <p>
        <b>{t(item.status === "approved" ? "was_approved" : "was_rejected")}</b>{" "}
        <Say
          text={t("earlier")}
          parts={{
            who: <VisibleText text={item.decided_by.join(", ")} />,
            when: fullTime(item.ended_at),
            title: (
              <button type="button" className={styles.link} onClick={() => goTo(item.approval_id)}>
                <VisibleText text={titleIn(item.words, item.title)} />
              </button>
            ),
          }}
        />{" "}
        <LevelMark level={levelOf(item.level)} />
      </p>
      <Ran item={item} />
      {news.length === 0 ? (
        <p>{t("nothing_new")}</p>
      ) : (
        <ul data-testid="news">
          {news.map((one) => (
            <li key={one}>
              <VisibleText text={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
