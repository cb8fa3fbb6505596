/** A rule in words: what, for whom, where, up to which risk, and until when. Each on a line of its own. */
import { ruleWords, factWords } from "../shell/words";
import { VisibleText } from "../text/VisibleText";
import styles from "./allow.module.css";
import { t } from "./texts";

export interface RuleTerms {
  user: string;
  agent?: string | null | undefined;
  action_type: string;
  repo?: string | null | undefined;
  environment?: string | null | undefined;
  what: string;
  facts: string[];
  rule: string;
  level: string;
  /** Until when, or for how long. */
  lasts: string;
}

export function Terms({ terms }: { terms: RuleTerms }) {
  const { user, agent, action_type, repo, environment, what, facts, rule, level, lasts } = terms;
  const where = [repo ? t("rule_in", { repo }) : "", environment ? t("rule_on", { environment }) : ""].filter((text) => text !== "").join(" ");
  const lines = [
    agent ? t("rule_who", { agent, user }) : t("rule_own", { user }),
    [action_type, where].filter((text) => text !== "").join(" "),
    t("rule_level", { level: level === "low" ? t("level_low") : level === "medium" ? t("level_medium") : level, rule: ruleWords(rule) }),
    facts.length > 0 ? t("rule_facts", { facts: facts.map(factWords).join(", ") }) : t("rule_no_facts"),
    lasts,
  ];
  return (
    <ul className={styles.terms}>
      <li>
        <code>
          <VisibleText text={what} />
        </code>
      </li>
      {lines.map((line) => (
        <li key={line}>
          <VisibleText text={line} />
        </li>
      ))}
    </ul>
  );
}
