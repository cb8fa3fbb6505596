/** What came beside the action, as somebody's words: output of a dry run, and the process that would run it. */
import type { ReachView } from "../../api/types";
import { HiddenWarning, VisibleText } from "../../text/VisibleText";
import detail from "../detail.module.css";
import { Section } from "../Section";
import { t as said } from "../texts";
import styles from "./reach.module.css";
import { t } from "./texts";

export function Beside({ reach }: { reach: ReachView }) {
  const { dry_runs: runs = [], process } = reach;
  return (
    <>
      {runs.map((run) => (
        <Section key={`${run.source} ${run.name}`} title={t(run.source === "material" ? "dry_run_material" : "dry_run", { name: run.name })} aside={said("unverified")}>
          <p className={detail.note}>{t(run.source === "material" ? "dry_material" : "dry_agent")}</p>
          <HiddenWarning text={run.text} />
          {/* Scrollable by keyboard, as a long text needs. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles.output} data-testid="dry-run" role="group" tabIndex={0} aria-label={t(run.source === "material" ? "dry_run_material" : "dry_run", { name: run.name })}>
            <VisibleText text={run.text} />
          </pre>
        </Section>
      ))}
      {process && <Process process={process} />}
    </>
  );
}

function Process({ process }: { process: NonNullable<ReachView["process"]> }) {
  const rows: [string, string | null | undefined][] = [
    [t("process_user"), process.user],
    [t("process_host"), process.host],
    [t("process_env"), process.env?.join(", ")],
  ];
  return (
    <Section title={t("process")} aside={said("unverified")}>
      <p className={detail.note}>{t("process_note")}</p>
      <dl className={detail.place} data-testid="process">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <code>
                    <VisibleText text={value} />
                  </code>
                </dd>
              </div>
            ),
        )}
      </dl>
    </Section>
  );
}
