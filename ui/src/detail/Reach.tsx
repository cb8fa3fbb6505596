/** What it touches, as the server reads it, and whether there is a way back: never more than somebody proved. */
import type { ApprovalView } from "../api/types";
import { VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import type { Material } from "./material";
import { Beside } from "./reach/Beside";
import { t as r } from "./reach/texts";
import { Outside, Touched } from "./reach/Touched";
import { WayBack } from "./reach/WayBack";
import { wayBack } from "./rollback";
import { Section } from "./Section";
import { t } from "./texts";

export function Reach({ view, material }: { view: ApprovalView; material: Partial<Material> }) {
  const { reach } = view;
  const touched: [string, string | undefined][] = [
    [t("reach_environment"), material.environment],
    [t("reach_repo"), material.repo],
    [t("reach_branch"), material.branch],
    [t("reach_files"), material.files === undefined ? undefined : filesWords(material.files)],
  ];
  const known = touched.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== "");
  return (
    <>
      <Section must title={t("reach")}>
        <dl className={styles.place} data-testid="reach-of-it">
          {reach?.outside && reach.outside.length > 0 && <Outside outside={reach.outside} />}
          {known.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <VisibleText text={value} />
              </dd>
            </div>
          ))}
          <Touched touched={reach?.touched ?? []} />
          <div>
            <dt>{t("reach_others")}</dt>
            <dd>
              {reach ? null : `${r("told_none")} `}
              {t("reach_unknown")}
            </dd>
          </div>
        </dl>
        {reach?.left_out ? <p className={styles.note}>{r("left_out", { count: reach.left_out })}</p> : null}
      </Section>
      <WayBack back={wayBack(view, material)} />
      {reach && <Beside reach={reach} />}
    </>
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
