/** SQL and HTTP taken apart, beside the raw text and never in its place: each statement with its own bytes. */
import type { ReactNode } from "react";
import type { ReachView } from "../../api/types";
import { HiddenWarning, VisibleText } from "../../text/VisibleText";
import detail from "../detail.module.css";
import { Items } from "./Items";
import styles from "./reach.module.css";
import { t } from "./texts";
import { howWords } from "./Touched";

type Statement = NonNullable<ReachView["sql"]>[number];
type Call = NonNullable<ReachView["http"]>[number];

export function Parsed({ reach }: { reach: ReachView }) {
  const { sql = [], http = [] } = reach;
  return (
    <>
      {sql.length > 0 && (
        <figure className={detail.code}>
          <figcaption>{t("sql")}</figcaption>
          <ol className={styles.parsed} data-testid="parsed-sql">
            {sql.map((one, i) => (
              // Statements of one action never move.
              // oxlint-disable-next-line no-array-index-key
              <li key={i} data-grave={isGrave(one) ? "true" : undefined}>
                <Sql one={one} />
              </li>
            ))}
          </ol>
        </figure>
      )}
      {http.length > 0 && (
        <figure className={detail.code}>
          <figcaption>{t("http")}</figcaption>
          <ol className={styles.parsed} data-testid="parsed-http">
            {http.map((one, i) => (
              // Calls of one action never move.
              // oxlint-disable-next-line no-array-index-key
              <li key={i}>
                <Http one={one} />
              </li>
            ))}
          </ol>
        </figure>
      )}
    </>
  );
}

function isGrave({ condition, loud = [], problem }: Statement): boolean {
  return condition === "absent" || condition === "always" || loud.length > 0 || (problem ?? null) !== null;
}

const PROBLEMS: Record<string, () => string> = {
  not_read: () => t("problem_not_read"),
  too_long: () => t("problem_too_long"),
  in_file: () => t("problem_in_file"),
  client_command: () => t("problem_client_command"),
};
const WHERE: Record<string, () => string> = {
  present: () => t("where_present"),
  absent: () => t("where_absent"),
  always: () => t("where_always"),
};

function problemWords({ problem, raw }: Statement): string | null {
  if (problem === undefined || problem === null) return null;
  if (problem === "in_file" && raw === "-") return t("problem_stdin");
  return PROBLEMS[problem]?.() ?? t("problem_not_read");
}

function Sql({ one }: { one: Statement }) {
  const problem = problemWords(one);
  return (
    <>
      <HiddenWarning text={one.raw} />
      <p>
        {(one.kinds ?? []).length > 0 && <b>{one.kinds?.join(" · ")}</b>}{" "}
        <span className={styles.from}>
          <VisibleText text={t("sql_in", { from: one.from })} />
        </span>
      </p>
      <code className={styles.raw}>
        <VisibleText text={one.raw} />
      </code>
      {problem !== null && <p className={styles.grave}>{problem}</p>}
      <dl className={detail.place}>
        {one.tables && one.tables.length > 0 && (
          <Row name={t("sql_tables")}>
            <Items items={one.tables.map((table) => `${table.name}: ${howWords(table)}`)} />
          </Row>
        )}
        {one.condition && (
          <Row name={t("sql_where")}>
            <span className={one.condition === "present" ? undefined : styles.grave}>{WHERE[one.condition]?.() ?? one.condition}</span>
          </Row>
        )}
        {one.loud && one.loud.length > 0 && (
          <Row name={t("sql_loud")}>
            <span className={styles.grave}>{one.loud.join(", ")}</span>
          </Row>
        )}
      </dl>
    </>
  );
}

const BODIES: Record<string, () => string> = {
  json: () => t("body_json"),
  form: () => t("body_form"),
  multipart: () => t("body_multipart"),
  raw: () => t("body_raw"),
};

function bodyWords({ body, body_files: files = [] }: Call): string {
  const kind = BODIES[body ?? ""]?.() ?? body ?? "";
  const from = files.map((file) => (file === "-" ? t("body_stdin") : t("body_from", { file })));
  return [kind, ...from].join(", ");
}

function Http({ one }: { one: Call }) {
  const { headers = [], query = [], unread = [] } = one;
  return (
    <>
      <HiddenWarning text={one.address ?? ""} />
      <p>
        <b>{one.method ?? t("method_unknown")}</b>{" "}
        <span className={styles.from}>
          <VisibleText text={t("sql_in", { from: one.from })} />
        </span>
      </p>
      <dl className={detail.place}>
        <Row name={t("http_address")}>{one.address ? <code><VisibleText text={one.address} /></code> : t("address_none")}</Row>
        {one.address && (
          <Row name={t("http_host")}>
            {one.host ? <VisibleText text={one.host} /> : <span className={styles.grave}>{t("host_unknown")}</span>}
          </Row>
        )}
        {one.path && (
          <Row name={t("http_path")}>
            <VisibleText text={one.path} />
          </Row>
        )}
        {query.length > 0 && (
          <Row name={t("http_query")}>
            <VisibleText text={query.join(", ")} />
          </Row>
        )}
        {one.login && <Row name={t("http_headers")}>{t("login")}</Row>}
        {headers.length > 0 && (
          <Row name={t("http_headers")}>
            <VisibleText text={headers.join(", ")} />
          </Row>
        )}
        {one.body && (
          <Row name={t("http_body")}>
            <VisibleText text={bodyWords(one)} />
          </Row>
        )}
        {unread.length > 0 && (
          <Row name={t("http_unread")}>
            <Items items={unread} />
            <span className={styles.grave}>{t("unread_note")}</span>
          </Row>
        )}
      </dl>
    </>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
