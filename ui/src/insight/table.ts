/** A chart as numbers: what is drawn, what the table shows, and what the file holds are the same rows. Pure. */

/** How a series is marked; each has a colour and a pattern of its own. */
export type Tone = "calm" | "ask" | "stop" | "grave" | "plain" | "accent";

export interface Series {
  name: string;
  tone: Tone;
}

export interface Row {
  label: string;
  /** One per series; `null` where there is nothing to say, which is a gap and not zero. */
  values: (number | null)[];
  /** Where to go on. */
  links?: Follow[];
}

export interface Follow {
  href: string;
  words: string;
}

export interface Chart {
  id: string;
  title: string;
  /** What the chart says, in one sentence. */
  sentence: string;
  kind: "lines" | "columns" | "bars";
  /** What the rows are. */
  head: string;
  series: Series[];
  rows: Row[];
  /** Largest value of the axis; absent: as the numbers have it. */
  top?: number;
  /** What the figures were counted from. */
  see?: Follow;
}

/** Whether there is anything to draw. */
export function isEmpty({ rows }: Pick<Chart, "rows">): boolean {
  return rows.every(({ values }) => values.every((value) => value === null || value === 0));
}

/** A cell as RFC 4180 has it. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows as CSV (RFC 4180), UTF-8. A gap is an empty cell. */
export function csvOf({ head, series, rows }: Pick<Chart, "head" | "series" | "rows">): string {
  const lines = [[head, ...series.map(({ name }) => name)].map(cell)];
  for (const { label, values } of rows) lines.push([cell(label), ...values.map((value) => (value === null ? "" : String(value)))]);
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** Saves a text under a name, as the browser saves files. */
export function saveAs(name: string, content: string | Blob, type: string): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
