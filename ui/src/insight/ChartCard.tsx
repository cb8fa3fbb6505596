/** One chart: what it says, the picture or the table, and the numbers as a file. */
import { Button } from "@mui/material";
import { Fragment, Suspense, lazy, useId, useState } from "react";
import { Waiting } from "../shell/Failure";
import { VisibleText } from "../text/VisibleText";
import styles from "./insight.module.css";
import { count } from "./numbers";
import { Patterns } from "./Patterns";
import { csvOf, isEmpty, saveAs, type Chart, type Series } from "./table";
import { t } from "./texts";
import { patternId, TONES } from "./tones";

const Drawn = lazy(async () => ({ default: (await import("./Drawn")).Drawn }));

export function ChartCard({ chart }: { chart: Chart }) {
  const [asTable, setAsTable] = useState(false);
  const title = useId();
  const empty = isEmpty(chart);
  return (
    <section className={styles.card} aria-labelledby={title} data-testid={`chart-${chart.id}`}>
      <header>
        <h2 id={title}>{chart.title}</h2>
        <div className={styles.tools}>
          {chart.see && (
            <a href={chart.see.href} aria-label={t("see_of", { words: chart.see.words, title: chart.title })}>
              {chart.see.words}
            </a>
          )}
          <Button size="small" disabled={empty} aria-label={t(asTable ? "chart_of" : "table_of", { title: chart.title })} onClick={() => setAsTable(!asTable)}>
            {asTable ? t("chart") : t("table")}
          </Button>
          <Button size="small" disabled={empty} aria-label={t("csv_of", { title: chart.title })} onClick={() => saveAs(`${chart.id}.csv`, csvOf(chart), "text/csv;charset=utf-8")}>
            {t("csv")}
          </Button>
        </div>
      </header>
      <p className={styles.sentence}>
        <VisibleText text={chart.sentence} />
      </p>
      {empty && <p className={styles.blank}>{t("empty_chart")}</p>}
      {!empty && asTable && <Table chart={chart} />}
      {!empty && !asTable && (
        <>
          <Suspense fallback={<Waiting rows={3} />}>
            <Drawn chart={chart} />
          </Suspense>
          <Legend series={chart.series} lines={chart.kind === "lines"} />
        </>
      )}
    </section>
  );
}

function Legend({ series, lines }: { series: Series[]; lines: boolean }) {
  const id = useId().replaceAll(":", "");
  return (
    <ul className={styles.legend} aria-label={t("legend")}>
      {series.map(({ name, tone }, at) => (
        <li key={name}>
          <svg width="22" height="12" aria-hidden="true" focusable="false">
            <Patterns id={`${id}l`} only={tone} />
            {lines ? (
              <path d="M0 6H22" stroke={TONES[tone].colour} strokeWidth="2" {...(at === 0 ? {} : { strokeDasharray: "6 4" })} />
            ) : (
              <rect x="0.5" y="0.5" width="21" height="11" fill={`url(#${patternId(`${id}l`, tone)})`} stroke={TONES[tone].colour} />
            )}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

function Table({ chart }: { chart: Chart }) {
  return (
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{chart.head}</th>
            {chart.series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map(({ label, values, links }) => (
            <tr key={label}>
              <th scope="row">
                <VisibleText text={label} />{" "}
                {links?.map(({ href, words }) => (
                  <Fragment key={href}>
                    <a href={href}>{words}</a>{" "}
                  </Fragment>
                ))}
              </th>
              {chart.series.map(({ name }, at) => {
                const value = values[at] ?? null;
                return <td key={name}>{value === null ? t("gap") : count(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
  );
}
