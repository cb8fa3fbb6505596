/** The rule that caught it: its name, what it says, whose policy, and what would change it. */
import type { ApprovalView } from "../api/types";
import { copy } from "../shell/copy";
import { ruleWords, score } from "../shell/words";
import { goToSheet } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts";
import { GuardrailTexts, PolicyRows } from "./WhoseRules";

/** What a person could set so that this is not asked; nothing but people helps where no rule of a policy decides. */
export function changeWords(view: ApprovalView): string {
  switch (view.rule) {
    case "above_threshold":
      return t("change_above_threshold", { score: score(view.risk_score) });
    case "require_approval_list":
      return t("change_list");
    case "sensitive_fact":
      return t("change_fact");
    case "guardrail":
      return t("change_guardrail");
    default:
      return t("change_none");
  }
}

export function Why({ view }: { view: ApprovalView }) {
  const version = view.policy_version ?? 0;
  return (
    <Section title={t("why")} aside={ruleWords(view.rule)}>
      <ul className={styles.reasons}>
        {[...new Set(view.reasons)].map((reason) => (
          <li key={reason}>
            <VisibleText text={reason} />
          </li>
        ))}
      </ul>
      {view.guardrails && view.guardrails.length > 0 && (
        <ul className={styles.reasons} data-testid="guardrails">
          {view.guardrails.map((guardrail) => (
            <li key={guardrail.id}>
              <Say
                text={t("guardrail")}
                parts={{ id: <code>{guardrail.id}</code>, reason: <VisibleText text={guardrail.reason} /> }}
              />
              {guardrail.instead && (
                <>
                  {" "}
                  <Say text={t("instead")} parts={{ what: <VisibleText text={guardrail.instead} /> }} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <GuardrailTexts view={view} />
      <dl className={styles.place} data-testid="rule">
        <div>
          <dt>{t("policy_rule")}</dt>
          <dd>
            <code>{view.rule}</code>
          </dd>
        </div>
        <div>
          <dt>{t("policy_text")}</dt>
          <dd>
            {view.policy}, {version > 0 ? t("policy_version", { version }) : t("policy_builtin")}{" "}
            <button
              type="button"
              className={styles.digest}
              title={`${t("policy_hash")}: ${view.policy_hash}. ${t("copy")}`}
              onClick={() => void copy(view.policy_hash)}
            >
              {view.policy_hash.slice(0, 8)}
            </button>
          </dd>
        </div>
        <PolicyRows view={view} />
        <div>
          <dt>{t("change_it")}</dt>
          <dd data-testid="change-it">
            {changeWords(view)}{" "}
            <button type="button" className={styles.link} onClick={() => goToSheet("policy")}>
              {t("change_to_policy")}
            </button>
          </dd>
        </div>
      </dl>
    </Section>
  );
}
