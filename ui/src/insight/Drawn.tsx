/** The charts as pictures. In a chunk of its own: Recharts is large, and nobody decides anything by a chart. */
import { useId } from "react";
import { Bar, BarChart, CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";
import styles from "./insight.module.css";
import { count } from "./numbers";
import { TONES, patternId } from "./tones";
import { Patterns } from "./Patterns";
import type { Chart } from "./table";

type Cells = Record<string, number | string | null>;

const cellsOf = ({ rows }: Chart): Cells[] =>
  rows.map(({ label, values }) => ({ label, ...Object.fromEntries(values.map((value, at) => [`v${at}`, value])) }));

const AXIS = { stroke: "var(--navi-line-strong)", tick: { fill: "var(--navi-muted)", fontSize: 12 }, tickLine: false } as const;
const cut = (text: string): string => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

/** The points of a line, so that one alone and the ends of a gap are seen. */
export function Drawn({ chart }: { chart: Chart }) {
  const id = useId().replaceAll(":", "");
  const cells = cellsOf(chart);
  const tip = (
    <Tooltip
      isAnimationActive={false}
      cursor={{ fill: "var(--navi-accent-soft)", stroke: "var(--navi-line-strong)" }}
      contentStyle={{ background: "var(--navi-surface)", border: "1px solid var(--navi-line-strong)", borderRadius: 6, color: "var(--navi-text)" }}
      itemStyle={{ color: "var(--navi-text)" }}
    />
  );
  const lines = chart.kind === "lines";
  const lying = chart.kind === "bars";
  const Frame = lines ? LineChart : BarChart;
  const height = lying ? Math.max(120, 34 * chart.rows.length + 40) : 220;
  const numbers = { ...AXIS, allowDecimals: lines, tickFormatter: count, ...(chart.top === undefined ? {} : { domain: [0, chart.top] as [number, number] }) };
  return (
    <Frame
      responsive
      className={styles.drawn ?? ""}
      style={{ width: "100%", height }}
      data={cells}
      layout={lying ? "vertical" : "horizontal"}
      margin={{ top: 6, right: 10, bottom: 0, left: 0 }}
      aria-label={`${chart.title}. ${chart.sentence}`}
    >
      <Patterns id={id} />
      <CartesianGrid stroke="var(--navi-line)" vertical={lying} horizontal={!lying} />
      {lying ? <XAxis type="number" {...numbers} /> : <XAxis dataKey="label" {...AXIS} minTickGap={16} />}
      {lying ? <YAxis type="category" dataKey="label" width={130} tickFormatter={cut} {...AXIS} interval={0} /> : <YAxis width={44} {...numbers} />}
      {tip}
      {chart.series.map(({ name, tone }, at) =>
        lines ? (
          <Line
            key={name}
            dataKey={`v${at}`}
            name={name}
            stroke={TONES[tone].colour}
            strokeWidth={2}
            {...(at === 0 ? {} : { strokeDasharray: "6 4" })}
            dot={{ r: 3, fill: "var(--navi-surface)", strokeDasharray: "none" }}
            connectNulls={false}
            isAnimationActive={false}
          />
        ) : (
          <Bar
            key={name}
            dataKey={`v${at}`}
            name={name}
            stackId="all"
            fill={`url(#${patternId(id, tone)})`}
            stroke={TONES[tone].colour}
            isAnimationActive={false}
            maxBarSize={42}
          />
        ),
      )}
    </Frame>
  );
}
