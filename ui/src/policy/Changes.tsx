/** What a change does, line by line; what is looser is said in words, by shape and by colour. */
import { VisibleText } from "../text/VisibleText";
import styles from "./policy.module.css";
import { t } from "./texts";

export interface Line {
  what: string;
  from: string;
  to: string;
  /** `null`: neither looser nor stricter. */
  looser: boolean | null;
}

export function Tendency({ looser }: { looser: boolean | null }) {
  if (looser === null) return null;
  return (
    <span className={styles.tendency} data-looser={looser}>
      <span aria-hidden="true">{looser ? "▲ " : "▼ "}</span>
      {looser ? t("looser") : t("stricter")}
    </span>
  );
}

export function Changes({ lines, label }: { lines: Line[]; label: string }) {
  if (lines.length === 0) return <p className={styles.quiet}>{t("no_changes")}</p>;
  return (
    <ul className={styles.changes} aria-label={label}>
      {lines.map((line) => (
        <li key={line.what} data-looser={line.looser === true}>
          <b>
            <VisibleText text={line.what} />
          </b>
          <span>
            <del>
              <VisibleText text={line.from} />
            </del>
            <span aria-hidden="true"> → </span>
            <span className="visually-hidden"> {t("becomes")} </span>
            <ins>
              <VisibleText text={line.to} />
            </ins>
          </span>
          <Tendency looser={line.looser} />
        </li>
      ))}
    </ul>
  );
}
