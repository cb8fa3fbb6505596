/** A plan as what it is: its bounds, and each step whole, with what it waits for, proves and leaves behind. The JSON stays. */
import type { ReactNode } from "react";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./plan.module.css";
import { textsOf, type Plan, type Step } from "./plan";
import { t } from "./texts";

export function PlanSteps({ plan, json }: { plan: Plan; json: string }) {
  return (
    <figure className={styles.plan} data-testid="plan">
      <figcaption>
        {t("plan_of", { count: plan.steps.length })} <VisibleText text={plan.name} />
      </figcaption>
      <HiddenWarning text={textsOf(plan).join("\n")} />
      <dl className={styles.bounds} data-testid="plan-bounds">
        <Row name={t("plan_runs")}>{t("plan_runs_most", { count: plan.runs })}</Row>
        <Row name={t("plan_minutes")}>{t("plan_minutes_most", { count: plan.minutes })}</Row>
      </dl>
      <ol className={styles.steps}>
        {plan.steps.map((step) => (
          <li key={step.id} data-testid="plan-step">
            <OneStep step={step} />
          </li>
        ))}
      </ol>
      <details>
        <summary>{t("plan_json")}</summary>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={styles.text} data-testid="code" tabIndex={0} role="region" aria-label={t("plan_json")}>
          <VisibleText text={json} />
        </pre>
      </details>
    </figure>
  );
}

function OneStep({ step }: { step: Step }) {
  const bounded = step.files.length > 0;
  return (
    <>
      <h4>
        <code>
          <VisibleText text={step.id} />
        </code>{" "}
        <span>
          <VisibleText text={step.actionType} />
        </span>
      </h4>
      {step.command !== null && <Command label={t("plan_command", { step: step.id })} text={step.command} />}
      {step.tool !== null && (
        <p>
          {t("place_tool")} <Code text={step.tool} />
        </p>
      )}
      {step.args !== undefined && <Command label={t("plan_args", { step: step.id })} text={JSON.stringify(step.args, null, 2)} />}
      <dl className={styles.fields}>
        <Row name={t("plan_after")}>{step.after.length === 0 ? t("plan_at_once") : <Codes texts={step.after} />}</Row>
        <Row name={t("place_cwd")}>
          <Code text={step.cwd} />
        </Row>
        {step.environment !== null && (
          <Row name={t("place_environment")}>
            <Code text={step.environment} />
          </Row>
        )}
        <Row name={t("plan_files")} loose={!bounded}>
          {bounded ? <Codes texts={step.files} /> : t("plan_files_any")}
        </Row>
        <Row name={t("plan_verify")} loose={step.verify === null}>
          {step.verify === null ? t("plan_verify_none") : <Command label={t("plan_verify_of", { step: step.id })} text={step.verify} />}
        </Row>
        <Row name={t("plan_undo")} loose={step.rollback === "none"}>
          {t(step.rollback === "captured" ? "plan_undo_captured" : "plan_undo_none")}
        </Row>
        <Row name={t("plan_tries")}>{t("plan_tries_most", { count: step.retries + 1 })}</Row>
        <Row name={t("plan_timeout")}>{lasts(step.timeoutSecs)}</Row>
      </dl>
    </>
  );
}

const lasts = (seconds: number): string =>
  seconds % 60 === 0 && seconds > 0 ? t("plan_minutes_each", { count: seconds / 60 }) : t("plan_seconds_each", { count: seconds });

function Row({ name, loose, children }: { name: string; loose?: boolean; children: ReactNode }) {
  return (
    <div data-loose={loose === true ? "true" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const Code = ({ text }: { text: string }) => (
  <code>
    <VisibleText text={text} />
  </code>
);

function Codes({ texts }: { texts: string[] }) {
  return (
    <ul className={styles.codes}>
      {texts.map((text) => (
        <li key={text}>
          <Code text={text} />
        </li>
      ))}
    </ul>
  );
}

/** Whole, in lines of its own. */
function Command({ label, text }: { label: string; text: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={styles.text} tabIndex={0} role="region" aria-label={label}>
      <VisibleText text={text} />
    </pre>
  );
}
