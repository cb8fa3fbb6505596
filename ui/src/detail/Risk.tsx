/** The score as a sum: every factor with its share and the evidence it rests on. */
import { levelOf, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { score, thousandths } from "../shell/words";
import { VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Section } from "./Section";

export function Risk({ view }: { view: ApprovalView }) {
  const level = levelOf(view.level);
  const sum = view.factors.reduce((total, factor) => total + factor.contribution, 0);
  const shown = Math.round(view.risk_score * 1000);
  return (
    <Section
      title="Risk"
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
                {factor.reason}
                {factor.evidence.length > 0 && (
                  <ul>
                    {factor.evidence.map((evidence) => (
                      <li key={evidence}>
                        <VisibleText text={evidence} />
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
            <th scope="row">{view.factors.length === 0 ? "No factor applies" : "Together"}</th>
            <td>{sum > shown ? `${thousandths(sum)}, capped at ${score(view.risk_score)}` : score(view.risk_score)}</td>
          </tr>
        </tfoot>
      </table>
      {view.advice && <Advice advice={view.advice} />}
    </Section>
  );
}

/** What was learned from votes: beside the score, never part of it. */
function Advice({ advice }: { advice: NonNullable<ApprovalView["advice"]> }) {
  const share = Math.round(advice.reject_probability * 100);
  return (
    <div className={styles.advice} data-testid="advice">
      <p>
        {`People reject about ${share} % of requests like this (learned from ${advice.rests_on}).`}
        {advice.raised && " It is asked one level higher because of that."}
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
