/** Two texts, line by line: what goes and what comes, with a little of what stays. */
import { VisibleText } from "../text/VisibleText";
import styles from "./policy.module.css";
import { t } from "./texts";

export interface DiffLine {
  sign: " " | "+" | "-";
  text: string;
}

/** The shortest way from one text to the other, in lines. Long texts are compared from both ends only. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before === "" ? [] : before.split("\n"), after === "" ? [] : after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ sign: " ", text }));
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  return [...same(a.slice(0, head)), ...middle(left, right), ...same(a.slice(a.length - tail))];
}

const MOST = 1_000_000;

function middle(a: string[], b: string[]): DiffLine[] {
  const all = (): DiffLine[] => [...a.map((text) => ({ sign: "-" as const, text })), ...b.map((text) => ({ sign: "+" as const, text }))];
  if (a.length * b.length > MOST) return all();
  const width = b.length + 1;
  // longest[i * width + j]: lines that a from i on and b from j on have in common.
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i] ?? "" });
      [i, j] = [i + 1, j + 1];
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: "-", text: a[i] ?? "" });
      i += 1;
    } else {
      lines.push({ sign: "+", text: b[j] ?? "" });
      j += 1;
    }
  }
  return lines;
}

const AROUND = 2;

export function TextDiff({ before, after }: { before: string; after: string }) {
  const lines = diffLines(before, after);
  const near = (at: number) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== " ");
  const shown = lines.map((line, at) => ({ ...line, at })).filter(({ at }) => near(at));
  if (shown.length === 0) return <p className={styles.quiet}>{t("no_changes")}</p>;
  return (
    // It scrolls, so the keyboard must reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.diff} tabIndex={0} role="group" aria-label={t("what_changes")}>
      {shown.map(({ sign, text, at }, i) => (
        <div key={at} data-sign={sign} data-gap={i > 0 && shown[i - 1]?.at !== at - 1}>
          <span>{sign}</span>
          <code>{text === "" ? " " : <VisibleText text={text} />}</code>
        </div>
      ))}
    </div>
  );
}
