/** A unified diff as hunks, and which of them deserve a look first. Pure; not one character is left out. */
import { warningAbout } from "../text/visible";

export type Kind = "added" | "removed" | "place" | "same";

export interface Block {
  kind: Kind;
  text: string;
}

export interface Hunk {
  /** The file it changes, if the diff says it. */
  path: string | null;
  blocks: Block[];
  lines: number;
  /** Why it deserves a look; empty: nothing is known against it. */
  risks: Risk[];
}

export type Risk = { why: "evidence"; reason: string } | { why: "hidden" };

export interface Evidence {
  reason: string;
  evidence: string[];
}

/** How many lines of one hunk stay together; longer ones go on in the next. */
const MOST_LINES = 400;

const pathOf = (line: string): string | null => {
  const named = /^(?:\+\+\+|---) (?:[ab]\/)?([^\t]+)/.exec(line)?.[1];
  return named === undefined || named === "/dev/null" ? null : named;
};

/** The lines with their kinds. Inside a hunk its own header counts them, so `--- x` can be a removed line. */
function* kinds(lines: string[]): Generator<{ line: string; kind: Kind; starts: boolean }> {
  let [old, fresh] = [0, 0];
  let header = false;
  for (const line of lines) {
    const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    // A line of a hunk begins with a blank, a plus or a minus: these two end it, whatever its header counted.
    const inside = (old > 0 || fresh > 0) && !/^(diff |@@)/.test(line);
    if (range) {
      [old, fresh] = [Number(range[1] ?? 1), Number(range[2] ?? 1)];
      yield { line, kind: "place", starts: !header };
      header = false;
    } else if (!inside && /^(diff |index |\+\+\+ |--- |@@)/.test(line)) {
      [old, fresh] = [0, 0];
      yield { line, kind: "place", starts: !header };
      header = true;
    } else {
      const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
      if (kind !== "added" && !line.startsWith("\\")) old -= 1;
      if (kind !== "removed" && !line.startsWith("\\")) fresh -= 1;
      header = false;
      yield { line, kind, starts: false };
    }
  }
}

/** Splits a diff. Joining all blocks with line breaks gives the text again. */
export function hunksOf(text: string, evidence: Evidence[] = []): Hunk[] {
  const hunks: Hunk[] = [];
  let path: string | null = null;
  for (const { line, kind, starts } of kinds(text.split("\n"))) {
    let hunk = hunks.at(-1);
    if (starts && /^(diff |--- )/.test(line)) path = null;
    if (!hunk || starts || hunk.lines >= MOST_LINES) {
      hunk = { path, blocks: [], lines: 0, risks: [] };
      hunks.push(hunk);
    }
    if (kind === "place") path = hunk.path = pathOf(line) ?? path;
    const block = hunk.blocks.at(-1);
    if (block?.kind === kind) block.text += `\n${line}`;
    else hunk.blocks.push({ kind, text: line });
    hunk.lines += 1;
  }
  for (const hunk of hunks) hunk.risks = risksOf(hunk, evidence);
  return hunks;
}

/** What is known against a hunk: the server's evidence names its file, or something hides in it. */
function risksOf({ path, blocks }: Hunk, evidence: Evidence[]): Risk[] {
  const named = (text: string) => {
    const file = /^file (\S+)/.exec(text)?.[1];
    return path !== null && file !== undefined && (file === path || file.endsWith(`/${path}`) || path.endsWith(`/${file}`));
  };
  const risks: Risk[] = evidence
    .filter(({ evidence: found }) => found.some(named))
    .map(({ reason }) => ({ why: "evidence", reason }));
  if (blocks.some(({ text }) => warningAbout(text) !== null)) risks.push({ why: "hidden" });
  return risks;
}

export const countOf = (hunks: Hunk[], kind: Kind): number =>
  hunks
    .flatMap(({ blocks }) => blocks)
    .filter((block) => block.kind === kind)
    .reduce((sum, { text }) => sum + text.split("\n").length, 0);
