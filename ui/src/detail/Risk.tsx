/** The score as a sum: every factor with its share and the evidence it rests on. */
import { levelOf, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { factorWords, score, thousandths } from "../shell/words";
import { VisibleText } from "../text/VisibleText";
import { inWords, isSaid, type Worded } from "../words/server";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts";

export function Risk({ view }: { view: ApprovalView }) {
  const level = levelOf(view.level);
  const sum = view.factors.reduce((total, factor) => total + factor.contribution, 0);
  const shown = Math.round(view.risk_score * 1000);
  return (
    <Section
      title={t("risk")}
      aside={
        <>
          <span className={styles.score}>{score(view.risk_score)}</span> <LevelMark level={level} />
        </>
      }
    >
      <div className={styles.stack} data-level={level} aria-hidden="true">
        {view.factors.map((factor) => (
          <i key={factor.name} style={{ flexBasis: `${factor.contribution / Math.max(10, sum / 100)}%` }} />
        ))}
      </div>
      <table className={styles.factors}>
        <tbody>
          {view.factors.map((factor) => (
            <tr key={factor.name}>
              <th scope="row">
                <Reason {...factor} words={view.words} />
                {factor.evidence.length > 0 && (
                  <ul>
                    {factor.evidence.map((evidence) => (
                      <li key={evidence}>
                        <VisibleText text={inWords(view.words, evidence)} />
                      </li>
                    ))}
                  </ul>
                )}
                {factor.counterfactual && (
                  <p className={styles.without} data-testid="counterfactual">
                    <VisibleText text={factor.counterfactual} />
                  </p>
                )}
              </th>
              <td>+{thousandths(factor.contribution)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr data-testid="risk-total">
            <th scope="row">{t(view.factors.length === 0 ? "risk_none" : "risk_sum")}</th>
            <td>{sum > shown ? t("risk_capped", { sum: thousandths(sum), score: score(view.risk_score) }) : score(view.risk_score)}</td>
          </tr>
        </tfoot>
      </table>
      <p className={styles.note}>{t("risk_rules")}</p>
      {view.advice && <Advice advice={view.advice} />}
    </Section>
  );
}

/** The sentence about this action. Where it is an organisation's own, what the factor is in the reader's language comes first. */
function Reason({ name, reason, words }: { name: string; reason: string; words: readonly Worded[] | undefined }) {
  const known = isSaid(words, reason) ? null : factorWords(name);
  if (known === null) return <VisibleText text={reason} />;
  return (
    <>
      {known}
      <p className={styles.without} lang="en">
        <VisibleText text={reason} />
      </p>
    </>
  );
}

/** What was learned from votes: beside the score, never part of it. */
function Advice({ advice }: { advice: NonNullable<ApprovalView["advice"]> }) {
  const share = Math.round(advice.reject_probability * 100);
  return (
    <div className={styles.advice} data-testid="advice">
      <p>
        {t("advice", { share, count: advice.rests_on })} {advice.raised && t("advice_raised")}
      </p>
      {advice.reasons.length > 0 && (
        <ul>
          {advice.reasons.map((reason) => (
            <li key={reason}>
              <VisibleText text={reason} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
