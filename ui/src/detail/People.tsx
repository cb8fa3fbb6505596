/** Who must decide, who has, who can, and who was alerted. */
import type { ApprovalView } from "../api/types";
import { Alerts } from "../oncall/Alerts";
import { surfaceWords } from "../shell/words";
import { clockTime, fullTime } from "../state/clock";
import { useNow } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import { Told } from "../told/Told";
import { Section } from "./Section";
import { t } from "./texts";

type Alert = NonNullable<ApprovalView["alerts"]>[number];

const CAUSES: Record<string, () => string> = {
  time: () => t("alert_time"),
  undeliverable: () => t("alert_undeliverable"),
  snoozed: () => t("alert_snoozed"),
};

export function People({ view, user }: { view: ApprovalView; user: string | null }) {
  const now = useNow(10_000) * 1000;
  const approvals = view.votes.filter((v) => v.verdict === "approve").length;
  const waiting = view.deciders.filter((name) => !view.votes.some((v) => v.user === name));
  const named = (name: string) => (name === user ? t("you", { who: name }) : name);
  return (
    <Section title={t("people")} aside={t("people_needed", { given: approvals, needed: view.quorum })}>
      <dl className={styles.place}>
        {view.claimed_by && (
          <div>
            <dt>{t("looks")}</dt>
            <dd data-testid="claimed-by">{named(view.claimed_by.user)}</dd>
          </div>
        )}
        <div>
          <dt>{t("asked_by")}</dt>
          <dd>
            <Who view={view} />
            {view.requester === user && t("own")}
          </dd>
        </div>
        <Alerts view={view} />
        {view.votes.map((vote) => (
          <Vote key={vote.user + vote.at} vote={vote} name={named(vote.user)} />
        ))}
        <div>
          <dt>{t("can_decide")}</dt>
          <dd>{waiting.length > 0 ? waiting.map(named).join(", ") : t("nobody_else")}</dd>
        </div>
        {(view.alerts ?? []).length > 0 && (
          <div>
            <dt>{t("alerted")}</dt>
            <dd data-testid="alerts">
              {(view.alerts ?? []).map((alert) => (
                <span key={alert.step} className={styles.alert}>
                  {alertWords(alert)}
                </span>
              ))}
            </dd>
          </div>
        )}
        <Told told={view.told} now={now} asOf={view.server_time} />
      </dl>
      {view.target_missed_at != null && <p className={styles.note}>{t("late", { at: clockTime(view.target_missed_at) })}</p>}
    </Section>
  );
}

export function Who({ view }: { view: ApprovalView }) {
  const person = <VisibleText text={view.requester} />;
  return view.agent ? <Say text={t("who")} parts={{ agent: <VisibleText text={view.agent} />, person }} /> : person;
}

function alertWords({ users, at, cause }: Alert): string {
  const who = users.length > 0 ? users.join(", ") : t("alert_nobody");
  return t("alert", { who, at: clockTime(at), why: CAUSES[cause]?.() ?? cause });
}

function Vote({ vote, name }: { vote: ApprovalView["votes"][number]; name: string }) {
  const parts = [
    vote.for_user ? `${name} ${t("vote_for", { who: vote.for_user })}` : name,
    ...(vote.own_request ? [t("vote_own")] : []),
    fullTime(vote.at),
    surfaceWords(vote.surface),
  ];
  return (
    <div>
      <dt>{t(vote.verdict === "approve" ? "voted_approve" : "voted_reject")}</dt>
      <dd>
        {parts.join(", ")}
        {vote.reason !== "" && (
          <>
            : <Say text={t("ended_reason")} parts={{ reason: <VisibleText text={vote.reason} /> }} />
          </>
        )}
      </dd>
    </div>
  );
}
