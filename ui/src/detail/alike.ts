/**
 * Changed lines that change nothing but whitespace, and lines that only moved. Pure; adds notes to blocks and cuts them where a note
 * begins or ends, and loses nothing. A claim of sameness is made only where it is certain:
 * the words of a line and their order must be equal, and nothing invisible may stand in it.
 */
import { warningAbout } from "../text/visible";
import type { Block, Hunk, Note } from "./diff";

/** A moved run says something from this many letters and digits on; `}` moves with every edit. */
const TELLING = 20;
const SHORTEST_RUN = 2;
/** Equal lines that are tried as the beginning of a moved run. */
const MOST_TRIED = 16;
/** So far an equal line is looked for beside a removed one. */
const REACH = 60;

const SPACE: Note = { is: "space" };

interface Line {
  text: string;
  /** The words with one blank between them; null: it may not be called alike. */
  words: string | null;
  number: number;
  path: string | null;
  note: Note | null;
}

type Sides = Record<"removed" | "added", Line[][]>;

/** Files in which what a line is indented by says what it belongs to. */
const INDENTED = /(\.(py|pyi|pyx|ya?ml|mk|coffee|haml|slim|pug|sass|nim|nix|hs|elm|fs|fsx|gd|rst|md|feature|star|bzl)|(^|\/)(GNU)?[Mm]akefile)$/;
const PLAIN = /^[\x20-\x7E\t]*$/;

/** `rm -rf /tmp` and `rm -rf / tmp` have other words, so they are not alike. */
function wordsOf(line: string, indented: boolean): string | null {
  const text = line.slice(1);
  if (!PLAIN.test(text) && warningAbout(text) !== null) return null;
  const words = text.trim().replaceAll(/[ \t]+/g, " ");
  return indented && words !== "" ? `${/^[ \t]*/.exec(text)?.[0] ?? ""}${words}` : words;
}

function linesOf({ text, at, kind }: Block, path: string | null): Line[] {
  const first = (kind === "removed" ? at?.old : at?.fresh) ?? 0;
  const indented = path === null || INDENTED.test(path);
  return text.split("\n").map((line, i) => ({ text: line, words: wordsOf(line, indented), number: first + i, path, note: null }));
}

/** Hunks with notes on what only moved, or only changed its whitespace. */
export function noted(hunks: Hunk[]): Hunk[] {
  const lines = new Map<Block, Line[]>();
  const sides: Sides = { removed: [], added: [] };
  for (const hunk of hunks) {
    for (const [i, block] of hunk.blocks.entries()) {
      if (block.at === null || (block.kind !== "removed" && block.kind !== "added")) continue;
      const own = linesOf(block, hunk.path);
      lines.set(block, own);
      sides[block.kind].push(own);
      const before = hunk.blocks[i - 1];
      if (block.kind === "added" && before?.kind === "removed") noteSpace(lines.get(before) ?? [], own);
    }
  }
  for (const line of [...sides.removed, ...sides.added].flat()) if (line.words === "") line.note ??= SPACE;
  noteMoves(sides);
  return hunks.map((hunk) => ({ ...hunk, blocks: hunk.blocks.flatMap((block) => cut(block, lines.get(block))) }));
}

/** Removed lines that come back in the same place and order with other whitespace. */
function noteSpace(removed: Line[], added: Line[]): void {
  let from = 0;
  for (const line of added) {
    if (!line.words) continue;
    const until = Math.min(removed.length, from + REACH);
    for (let at = from; at < until; at += 1) {
      const old = removed[at];
      if (old?.words !== line.words) continue;
      old.note = line.note = SPACE;
      from = at + 1;
      break;
    }
  }
}

interface Spot {
  run: Line[];
  at: number;
}

/** Removed lines that come back elsewhere, several together. */
function noteMoves({ removed, added }: Sides): void {
  const known = new Map<string, Spot[]>();
  for (const run of removed) {
    for (const [at, { words, note }] of run.entries()) {
      if (!words || note) continue;
      const spots = known.get(words) ?? [];
      if (spots.length < MOST_TRIED) known.set(words, [...spots, { run, at }]);
    }
  }
  for (const run of added) {
    for (let at = 0; at < run.length; ) {
      const words = run[at]?.words;
      const spots = (words && !run[at]?.note && known.get(words)) || [];
      const best = spots.map((spot) => ({ spot, length: reach(spot, { run, at }) })).toSorted((a, b) => b.length - a.length)[0];
      at += best && tell(best.spot, { run, at }, best.length) ? best.length : 1;
    }
  }
}

/** How many lines from there on are alike and have no other note; blank lines go along. */
function reach(from: Spot, to: Spot): number {
  const free = (line: Line | undefined) => line !== undefined && line.words !== null && line.note?.is !== "moved" && (line.note === null || line.words === "");
  let length = 0;
  while (free(from.run[from.at + length]) && free(to.run[to.at + length]) && from.run[from.at + length]?.words === to.run[to.at + length]?.words) length += 1;
  return length;
}

function tell(from: Spot, to: Spot, length: number): boolean {
  const old = from.run.slice(from.at, from.at + length);
  const fresh = to.run.slice(to.at, to.at + length);
  const letters = fresh.reduce((sum, { text }) => sum + (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0), 0);
  const [first, second] = [old[0], fresh[0]];
  if (length < SHORTEST_RUN || letters < TELLING || !first || !second) return false;
  const exact = old.every((line, i) => line.text.slice(1) === fresh[i]?.text.slice(1));
  const place = ({ path, number }: Line) => ({ path, number });
  const moved = { is: "moved", exact } as const;
  const [gone, come]: [Note, Note] = [{ ...moved, to: place(second) }, { ...moved, from: place(first) }];
  for (const line of old) line.note = gone;
  for (const line of fresh) line.note = come;
  return true;
}

/** A block in parts, one for each note; lines of one run share theirs. */
function cut(block: Block, lines: Line[] | undefined): Block[] {
  if (!lines || lines.every(({ note }) => note === null)) return [block];
  const parts: Block[] = [];
  for (const [i, { text, note }] of lines.entries()) {
    const last = parts.at(-1);
    if (last && (last.note ?? null) === note) last.text += `\n${text}`;
    else parts.push({ kind: block.kind, text, at: block.at && shifted(block.at, block.kind, i), ...(note ? { note } : {}) });
  }
  return parts;
}

const shifted = (at: NonNullable<Block["at"]>, kind: Block["kind"], by: number) =>
  kind === "removed" ? { ...at, old: at.old + by } : { ...at, fresh: at.fresh + by };

/** How many changed lines of a hunk change only whitespace. */
export const spaceLines = ({ blocks }: Hunk): number =>
  blocks.filter(({ note }) => note?.is === "space").reduce((sum, { text }) => sum + text.split("\n").length, 0);

/** The same hunks without lines that change only whitespace; where some stood, a block says how many. */
export function withoutSpace(hunk: Hunk): Hunk {
  if (spaceLines(hunk) === 0) return hunk;
  const blocks: Block[] = [];
  for (const block of hunk.blocks) {
    const last = blocks.at(-1);
    if (block.note?.is !== "space") blocks.push(block);
    else if (last?.hides !== undefined) last.hides += block.text.split("\n").length;
    else blocks.push({ kind: "same", text: "", at: null, hides: block.text.split("\n").length });
  }
  return { ...hunk, blocks, hides: spaceLines(hunk) };
}
