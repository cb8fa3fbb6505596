/** What is touched, by what it is, and what reaches others and cannot be called back. */
import type { ReachView } from "../../api/types";
import { HiddenWarning, VisibleText } from "../../text/VisibleText";
import { Say } from "../../words/Say";
import styles from "./reach.module.css";
import { t } from "./texts";

type Touch = NonNullable<ReachView["touched"]>[number];

const WHAT: Record<string, () => string> = {
  service: () => t("what_service"),
  machine: () => t("what_machine"),
  data_store: () => t("what_data_store"),
  table: () => t("what_table"),
  resource: () => t("what_resource"),
  repository: () => t("what_repository"),
};
const HOW: Record<string, () => string> = {
  reads: () => t("how_reads"),
  uses: () => t("how_uses"),
  changes: () => t("how_changes"),
  deletes: () => t("how_deletes"),
};
const ROWS: Record<string, () => string> = {
  all: () => t("rows_all"),
  picked: () => t("rows_picked"),
  new: () => t("rows_new"),
};

/** What happens to a thing, and to which of its rows. */
export function howWords({ how, rows }: { how: string; rows?: string | null | undefined }): string {
  const said = HOW[how]?.() ?? how;
  return rows ? `${said}: ${ROWS[rows]?.() ?? rows}` : said;
}

/** Rows of a description list: one for each sort of thing. */
export function Touched({ touched }: { touched: Touch[] }) {
  const sorts = [...new Set(touched.map((one) => one.what))];
  return sorts.map((what) => (
    <div key={what} data-testid="touched">
      <dt>{WHAT[what]?.() ?? what}</dt>
      <dd>
        <ul className={styles.items}>
          {touched
            .filter((one) => one.what === what)
            .map((one) => (
              <li key={one.name} data-how={one.how}>
                <HiddenWarning text={one.name} />
                <b>
                  <VisibleText text={one.name} />
                </b>{" "}
                {howWords(one)}{" "}
                <From text={one.from} />
              </li>
            ))}
        </ul>
      </dd>
    </div>
  ));
}

/** Where it stands in the request. */
function From({ text }: { text: string }) {
  return (
    <span className={styles.from}>
      <VisibleText text={text} />
    </span>
  );
}

const OUT: Record<string, () => string> = {
  mail: () => t("out_mail"),
  message: () => t("out_message"),
  payment: () => t("out_payment"),
  publication: () => t("out_publication"),
  shared_history: () => t("out_shared_history"),
};

export function Outside({ outside }: { outside: NonNullable<ReachView["outside"]> }) {
  return (
    <div data-testid="outside" className={styles.outside}>
      <dt>{t("outside")}</dt>
      <dd>
        <ul className={styles.items}>
          {outside.map((one, i) => (
            // Entries of one request never move, and may be alike.
            // oxlint-disable-next-line no-array-index-key
            <li key={i}>
              <b>{OUT[one.kind]?.() ?? one.kind}</b>{" "}
              {one.to && one.to.length > 0 && <Say text={t("out_to")} parts={{ who: <VisibleText text={one.to.join(", ")} /> }} />}{" "}
              <From text={one.from} />
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
