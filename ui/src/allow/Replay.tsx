/** What a rule would have let run: the number, how many of them people rejected, and which they are. */
import { levelOf } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { score } from "../shell/words";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { titleIn } from "../words/server";
import styles from "./allow.module.css";
import type { AllowDraft } from "./calls";
import { t } from "./texts";

type Replayed = AllowDraft["replay"];

/** "Would have let 31 run, people rejected 2 of them." */
export function summary({ let_run, rejected, failed }: Replayed): string {
  const said = [t("let_run", { count: let_run })];
  if (rejected > 0) said.push(t("rejected", { count: rejected }));
  else if (let_run > 0) said.push(t("none_rejected"));
  if (failed > 0) said.push(t("failed", { count: failed }));
  return `${said.join(", ")}.`;
}

const PEOPLE = { rejected: "people_rejected", approved: "people_approved", expired: "people_expired" } as const;
const MOST = 10;

export function Replay({ replay }: { replay: Replayed }) {
  if (replay.examples.length === 0) return null;
  const shown = replay.examples.slice(0, MOST);
  return (
    <details className={styles.examples} open>
      <summary>{t("which")}</summary>
      <ul>
        {shown.map((example) => {
          const people = example.people ?? "";
          return (
            <li key={example.action_id} data-rejected={people === "rejected"}>
              <LevelMark level={levelOf(example.level)} />{" "}
              <a href={`#/record?q=${encodeURIComponent(example.action_id)}`}>
                <VisibleText text={titleIn(example.words, example.title)} />
              </a>{" "}
              {score(example.risk_score)} · {fullTime(example.created_at)}
              {Object.hasOwn(PEOPLE, people) && (
                <b className={people === "rejected" ? styles.bad : styles.quiet}> {t(PEOPLE[people as keyof typeof PEOPLE])}</b>
              )}
              {example.failed && <b className={styles.bad}> {t("ran_failed")}</b>}
            </li>
          );
        })}
      </ul>
      {replay.let_run > shown.length && <p className={styles.quiet}>{t("which_more", { count: replay.let_run - shown.length })}</p>}
    </details>
  );
}
