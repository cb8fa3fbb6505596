/** What the same session did before this request and what became of it, and its place in a plan. */
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import { levelOf, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { fullTime } from "../state/clock";
import { useApprovals } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { titleIn } from "../words/server";
import { knownSteps, useBackground, type Background, type Step } from "./background";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts.run";

/** So many are shown before somebody asks for all. */
const FEW = 8;

export function RunSoFar({ view }: { view: ApprovalView }) {
  const { online, found } = useBackground(view);
  const run = found.data?.run;
  return (
    <Section title={t("run")} aside={run && run.steps.length > 0 && t("steps", { count: run.steps.length })}>
      <div data-testid="run-so-far">
        <For view={view} />
        {found.data?.plan && <Place plan={found.data.plan} />}
        {found.data ? (
          <Steps run={run} />
        ) : online ? (
          <State error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Offline view={view} />
        )}
      </div>
    </Section>
  );
}

/** For whom, and under which ticket if the agent names one. */
function For({ view }: { view: ApprovalView }) {
  const { other } = (view.claims ?? {}) as { other?: Record<string, unknown> };
  const ticket = [other?.["ticket"], other?.["issue"]].find((one) => typeof one === "string" || typeof one === "number");
  return (
    <p className={styles.note} data-testid="run-for">
      <Say text={t("for_person")} parts={{ person: <VisibleText text={view.requester} /> }} />{" "}
      {ticket !== undefined && <Say text={t("ticket")} parts={{ ticket: <VisibleText text={String(ticket)} /> }} />}
    </p>
  );
}

function Place({ plan }: { plan: NonNullable<Background["plan"]> }) {
  const { position, count, phase } = plan;
  const parts = { name: <b><VisibleText text={plan.name} /></b>, step: <code><VisibleText text={plan.step} /></code> };
  return (
    <p data-testid="plan-place">
      <Say text={position == null ? t("step_in") : t("step_of", { position, count })} parts={parts} />
      {phase === "verify" && t("verify")}
    </p>
  );
}

function Steps({ run }: { run: Background["run"] }) {
  const [all, setAll] = useState(false);
  if (!run) return <p className={styles.note}>{t("no_session")}</p>;
  if (run.steps.length === 0) return <p className={styles.note}>{t("first")}</p>;
  return (
    <>
      <List steps={all ? run.steps : run.steps.slice(0, FEW)} />
      {!all && run.steps.length > FEW && (
        <button type="button" className={styles.link} data-testid="all-steps" onClick={() => setAll(true)}>
          {t("all_steps", { count: run.steps.length })}
        </button>
      )}
      {run.more && <p className={styles.note}>{t("more")}</p>}
    </>
  );
}

function Offline({ view }: { view: ApprovalView }) {
  const steps = knownSteps(view, useApprovals().data ?? []);
  return (
    <>
      <p className={styles.note}>{t(steps.length === 0 ? "offline_none" : "offline")}</p>
      {steps.length > 0 && <List steps={steps} />}
    </>
  );
}

function List({ steps }: { steps: Step[] }) {
  return (
    <ol className={styles.precedents} reversed>
      {steps.map((step) => (
        <li key={step.action_id} data-testid="run-step">
          <b>{becameWords(step)}</b>
          {step.rolled_back === true && (
            <>
              , <b data-testid="rolled-back">{t("rolled_back")}</b>
            </>
          )}
          : <Title step={step} /> <LevelMark level={levelOf(step.level)} /> <time>{fullTime(step.at)}</time>
        </li>
      ))}
    </ol>
  );
}

function Title({ step: { title: said, approval_id: id, words } }: { step: Step }) {
  if (said == null) return <i>{t("erased")}</i>;
  const title = titleIn(words, said);
  if (id == null) return <VisibleText text={title} />;
  return (
    <button type="button" className={styles.link} onClick={() => goTo(id)}>
      <VisibleText text={title} />
    </button>
  );
}

const ALONE = { grant: "b_grant", bypass: "b_bypass", plan: "b_plan" } as const;
const ASKED = ["approved", "pending", "rejected", "expired", "superseded", "cancelled"] as const;
const RAN = ["started", "succeeded", "failed", "unknown"] as const;

/** What became of a step, in a word or two. */
export function becameWords({ verdict, rule, status, ran }: Step): string {
  if (verdict === "BLOCKED") return t("b_blocked");
  const how = RAN.find((one) => one === ran);
  if (verdict === "AUTO") {
    const alone = rule in ALONE ? ALONE[rule as keyof typeof ALONE] : how ? "b_alone" : "b_alone_waits";
    return how ? `${t(alone)}, ${t(`r_${how}`)}` : t(alone);
  }
  const asked = ASKED.find((one) => one === status);
  const said = t(`b_${asked ?? "pending"}`);
  return how ? `${said}, ${t(`r_${how}`)}` : said;
}

function State({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  if (!error) return <p className={styles.note}>{t("loading")}</p>;
  const { code, message } = asApiError(error);
  return (
    <p className={styles.note}>
      {t("failed")} {explain(code, message)}{" "}
      <button type="button" className={styles.link} onClick={onRetry}>
        {t("retry")}
      </button>
    </p>
  );
}
