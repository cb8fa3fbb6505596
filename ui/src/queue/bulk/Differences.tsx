/** What several requests have in common and where they differ: all of it, with hidden characters spelled out. */
import { useMemo } from "react";
import { levelOf, type ApprovalView } from "../../api/types";
import { partWords } from "../../detail/partNames";
import { LevelMark } from "../../shell/LevelMark";
import { HiddenWarning, VisibleText } from "../../text/VisibleText";
import { t } from "../texts";
import styles from "./bulk.module.css";
import { compare } from "./compare";

interface Props {
  views: ApprovalView[];
  onOpen: (id: string) => void;
}

export function Differences({ views, onOpen }: Props) {
  const { same, differ } = useMemo(() => compare(views), [views]);
  const said = useMemo(() => differ.flatMap(({ values }) => values.filter((value) => value !== null)).join("\n"), [differ]);
  return (
    <>
      <h3>{t("compare_differ")}</h3>
      <HiddenWarning text={said} />
      {differ.length === 0 && <p className={styles.note}>{t("compare_identical")}</p>}
      {/* Wide values scroll sideways, by keyboard too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.wide} tabIndex={0} role="group" aria-label={t("compare_differ")}>
        <table className={styles.table} data-testid="differences">
          <thead>
            <tr>
              <th scope="col">{t("compare_request")}</th>
              {differ.map(({ part }) => (
                <th key={part} scope="col">
                  <VisibleText text={partWords(part)} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {views.map((view, row) => (
              <tr key={view.id} data-approval-id={view.id}>
                <th scope="row">
                  <button type="button" className={styles.link} onClick={() => onOpen(view.id)}>
                    <VisibleText text={view.title} />
                  </button>
                  <LevelMark level={levelOf(view.level)} />
                </th>
                {differ.map(({ part, values }) => {
                  const value = values[row];
                  return (
                    <td key={part}>
                      {value == null ? (
                        <i>{t("compare_missing")}</i>
                      ) : (
                        <code>
                          <VisibleText text={value} />
                        </code>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3>{t("compare_same")}</h3>
      <HiddenWarning text={same.map(([, value]) => value).join("\n")} />
      <dl className={styles.same} data-testid="same">
        {same.map(([part, value]) => (
          <div key={part}>
            <dt>
              <VisibleText text={partWords(part)} />
            </dt>
            <dd>
              <code>
                <VisibleText text={value} />
              </code>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
