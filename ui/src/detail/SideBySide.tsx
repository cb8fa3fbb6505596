/** What was signed or read, and what it is now: every term and every part that differs, in two columns. */
import { useMemo } from "react";
import type { ApprovalView } from "../api/types";
import { changesOf, termsOf, type Terms } from "../decide/terms";
import { compare } from "../queue/bulk/compare";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { partWords } from "./partNames";
import { t } from "./texts";

/** How far back the left column lies. */
export type Then = "signed" | "opened" | "asked";

export interface Before {
  then: Then;
  terms: Terms;
  /** Its content; absent: not kept, because the page was closed meanwhile. */
  view?: ApprovalView | undefined;
}

export function SideBySide({ before, now }: { before: Before; now: ApprovalView }) {
  const { terms, view } = before;
  const parts = useMemo(() => (view ? compare([view, now]).differ : []), [view, now]);
  const changes = changesOf(terms, termsOf(now));
  const known = view !== undefined || terms.digest === now.digest;
  const values = parts.flatMap((part) => part.values.filter((value) => value !== null)).join("\n");
  return (
    <div className={styles.sides} data-testid="side-by-side">
      <HiddenWarning text={values} />
      <table>
        <thead>
          <tr>
            <th scope="col">{t("side_part")}</th>
            <th scope="col">{t(`side_${before.then}`)}</th>
            <th scope="col">{t("side_now")}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ name, before: was, now: is }) => (
            <Row key={`term ${name}`} name={name} was={was} is={is} />
          ))}
          {parts.map(({ part, values: [was = null, is = null] }) => (
            <Row key={`part ${part}`} name={partWords(part)} was={was} is={is} />
          ))}
        </tbody>
      </table>
      {changes.length + parts.length === 0 && <p className={styles.note}>{t(known ? "side_same" : "side_unknown")}</p>}
      {changes.length + parts.length > 0 && !known && <p className={styles.note}>{t("side_unknown")}</p>}
    </div>
  );
}

function Row({ name, was, is }: { name: string; was: string | null; is: string | null }) {
  const side = (value: string | null) =>
    value === null ? (
      <i>{t("side_none")}</i>
    ) : (
      <code>
        <VisibleText text={value} />
      </code>
    );
  return (
    <tr>
      <th scope="row">
        <VisibleText text={name} />
      </th>
      <td>{side(was)}</td>
      <td>{side(is)}</td>
    </tr>
  );
}
