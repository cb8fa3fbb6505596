/** A unified diff as hunks, and which of them deserve a look first. Pure; not one character is left out. */
import { warningAbout } from "../text/visible";

export type Kind = "added" | "removed" | "place" | "same";

/** What is known about lines that look changed. */
export type Note =
  /** Only whitespace differs. */
  | { is: "space" }
  /** They stand elsewhere in this diff too; `exact`: with the same whitespace. */
  | { is: "moved"; exact: boolean; from?: Spot; to?: Spot };

export interface Spot {
  path: string | null;
  number: number;
}

export interface Block {
  kind: Kind;
  text: string;
  /** The line numbers of its first line in the old and in the new file; null outside of what a hunk's header counts. */
  at: { old: number; fresh: number } | null;
  note?: Note;
  /** It goes on from the piece before. */
  goesOn?: true;
  /** It stands for so many lines that are hidden. */
  hides?: number;
}

export interface Hunk {
  /** The file it changes, if the diff says it. */
  path: string | null;
  blocks: Block[];
  lines: number;
  /** Why it deserves a look; empty: nothing is known against it. */
  risks: Risk[];
  /** How many of its lines are hidden. */
  hides?: number;
}

export type Risk = { why: "evidence"; reason: string } | { why: "hidden" } | { why: "binary" };

export interface Evidence {
  reason: string;
  evidence: string[];
}

/** How many lines of one hunk stay together; longer ones go on in the next. */
const MOST_LINES = 400;

const BINARY = /^(Binary files .* differ|GIT binary patch)$/m;
const HEADERS = [/^(?:\+\+\+|---) (?:[ab]\/)?([^\t]+)/, /^diff --git a\/(.+) b\/\1$/, /^rename to (.+)/];

function pathOf(line: string): string | null {
  const named = HEADERS.map((header) => header.exec(line)?.[1]).find((name) => name !== undefined);
  return named === undefined || named === "/dev/null" ? null : named;
}

interface Line {
  line: string;
  kind: Kind;
  starts: boolean;
  at: Block["at"];
}

/** The lines with their kinds. Inside a hunk its own header counts them, so `--- x` can be a removed line. */
function* kinds(lines: string[]): Generator<Line> {
  let left = { old: 0, fresh: 0 };
  let next = { old: 0, fresh: 0 };
  let header = false;
  for (const line of lines) {
    const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    // A line of a hunk begins with a blank, a plus or a minus: these two end it, whatever its header counted.
    const inside = (left.old > 0 || left.fresh > 0) && !/^(diff |@@)/.test(line);
    if (range) {
      left = { old: Number(range[2] ?? 1), fresh: Number(range[4] ?? 1) };
      next = { old: Number(range[1]), fresh: Number(range[3]) };
      yield { line, kind: "place", starts: !header, at: null };
      header = false;
    } else if (!inside && /^(diff |index |\+\+\+ |--- |@@)/.test(line)) {
      left = { old: 0, fresh: 0 };
      yield { line, kind: "place", starts: !header || line.startsWith("diff "), at: null };
      header = true;
    } else {
      const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
      // "\ No newline at end of file" belongs to the line before it, also after the last one.
      const note = line.startsWith("\\");
      yield { line, kind, starts: false, at: inside || (note && next.old + next.fresh > 0) ? { ...next } : null };
      const [old, fresh] = [kind !== "added" && !note ? 1 : 0, kind !== "removed" && !note ? 1 : 0];
      left = { old: left.old - old, fresh: left.fresh - fresh };
      next = { old: next.old + old, fresh: next.fresh + fresh };
      // "new file mode" and the like stand between the lines of one header.
      header &&= !inside && kind === "same" && !BINARY.test(line);
    }
  }
}

/** Splits a diff. Joining all blocks with line breaks gives the text again. */
export function hunksOf(text: string, evidence: Evidence[] = []): Hunk[] {
  const hunks: Hunk[] = [];
  let path: string | null = null;
  for (const { line, kind, starts, at } of kinds(text.split("\n"))) {
    let hunk = hunks.at(-1);
    if (starts && /^(diff |--- )/.test(line)) path = null;
    if (!hunk || starts || hunk.lines >= MOST_LINES) {
      hunk = { path, blocks: [], lines: 0, risks: [] };
      hunks.push(hunk);
    }
    if (at === null) path = hunk.path = pathOf(line) ?? path;
    const block = hunk.blocks.at(-1);
    if (block?.kind === kind && (block.at === null) === (at === null)) block.text += `\n${line}`;
    else hunk.blocks.push({ kind, text: line, at });
    hunk.lines += 1;
  }
  for (const hunk of hunks) hunk.risks = risksOf(hunk, evidence);
  return hunks;
}

export interface ChangedFile {
  path: string | null;
  /** The positions of its hunks. */
  hunks: number[];
  added: number;
  removed: number;
  risky: boolean;
}

/** The files of a diff, in its order. What comes before any name is a file without one. */
export function filesOf(hunks: Hunk[]): ChangedFile[] {
  const files: ChangedFile[] = [];
  for (const [at, hunk] of hunks.entries()) {
    let file = files.at(-1);
    if (!file || file.path !== hunk.path) {
      file = { path: hunk.path, hunks: [], added: 0, removed: 0, risky: false };
      files.push(file);
    }
    file.hunks.push(at);
    file.added += countOf([hunk], "added");
    file.removed += countOf([hunk], "removed");
    file.risky ||= hunk.risks.length > 0;
  }
  return files;
}

/** Whether both name the same file; one may begin further up. */
export const names = (file: string, path: string): boolean => file === path || file.endsWith(`/${path}`) || path.endsWith(`/${file}`);

/** What the server's evidence says against a file: its reasons. */
export function against(path: string, evidence: Evidence[]): string[] {
  const named = (text: string) => {
    const file = /^file (\S+)/.exec(text)?.[1];
    return file !== undefined && names(file, path);
  };
  // Two factors may rest on one fact: it is said once.
  return [...new Set(evidence.filter(({ evidence: found }) => found.some(named)).map(({ reason }) => reason))];
}

/** What is known against a hunk: the server's evidence names its file, or something hides in it. */
function risksOf({ path, blocks }: Hunk, evidence: Evidence[]): Risk[] {
  const risks: Risk[] = (path === null ? [] : against(path, evidence)).map((reason) => ({ why: "evidence", reason }));
  if (blocks.some(({ text }) => warningAbout(text) !== null)) risks.push({ why: "hidden" });
  if (blocks.some(({ at, text }) => at === null && BINARY.test(text))) risks.push({ why: "binary" });
  return risks;
}

export const countOf = (hunks: Hunk[], kind: Kind): number =>
  hunks
    .flatMap(({ blocks }) => blocks)
    .filter((block) => block.kind === kind)
    .reduce((sum, { text }) => sum + text.split("\n").length, 0);
