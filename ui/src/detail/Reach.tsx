/** What it touches, as the server's own facts say, and whether there is a way back: never more than somebody proved. */
import type { ApprovalView } from "../api/types";
import { factWords } from "../shell/words";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import type { Material } from "./material";
import { wayBack } from "./rollback";
import { Section } from "./Section";
import { t } from "./texts";

export function Reach({ view, material }: { view: ApprovalView; material: Partial<Material> }) {
  const back = wayBack(view, material);
  const touched: [string, string | undefined][] = [
    [t("reach_environment"), material.environment],
    [t("reach_repo"), material.repo],
    [t("reach_branch"), material.branch],
    [t("reach_files"), material.files === undefined ? undefined : filesWords(material.files)],
  ];
  const known = touched.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== "");
  return (
    <Section title={t("reach")}>
      <dl className={styles.place} data-testid="reach-of-it">
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <VisibleText text={value} />
            </dd>
          </div>
        ))}
        <div>
          <dt>{t("reach_others")}</dt>
          <dd>{t("reach_unknown")}</dd>
        </div>
        <div>
          <dt>{t("way_back")}</dt>
          <dd data-testid="rollback" data-state={back.state} className={styles.back_state}>
            <b>{t(back.state === "impossible" ? "rb_impossible" : "rb_unverified")}</b>{" "}
            {back.state === "impossible"
              ? t("rb_because", { facts: back.facts.map(factWords).join(", ") })
              : back.plan === null
                ? t("rb_no_plan")
                : t("rb_claimed")}
            {back.plan !== null && (
              <>
                <HiddenWarning text={back.plan} />
                <blockquote className={styles.quote}>
                  <Say text={t("rb_quote")} parts={{ plan: <VisibleText text={back.plan} /> }} />
                </blockquote>
              </>
            )}
          </dd>
        </div>
      </dl>
    </Section>
  );
}

function filesWords(files: NonNullable<Material["files"]>): string {
  const count = (op: string) => files.filter((file) => file.op === op).length;
  const parts = [
    [count("edit"), "files_edit"],
    [count("create"), "files_create"],
    [count("delete"), "files_delete"],
    [count("read"), "files_read"],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .map(([n, key]) => t(key, { n }))
    .join(", ");
}
