/** A hunk as it is drawn: as one column or as two, in pieces small enough to tell what was in view. Pure; loses nothing. */
import type { Block, Hunk, Kind, Note } from "./diff";

/** So many lines are looked at together. */
const PIECE_LINES = 12;

export interface Cell {
  kind: Kind;
  text: string;
  note?: Note;
  /** The first line of what the note is about. */
  first?: boolean;
  /** Its line number in its file. */
  number: number;
}

/** One line of two columns: what was beside what is, or a line that belongs to neither file. */
export type Row = { whole: { kind: Kind; text: string; hides?: number } } | { left: Cell | null; right: Cell | null };

/** Each block cut into parts of at most a piece, several small ones together. */
export function blockPieces({ blocks }: Hunk): Block[][] {
  const pieces: Block[][] = [];
  let room = 0;
  for (const block of blocks) {
    const lines = block.text.split("\n");
    for (let from = 0; from < lines.length; ) {
      if (room === 0) {
        pieces.push([]);
        room = PIECE_LINES;
      }
      const part = lines.slice(from, from + room);
      pieces.at(-1)?.push({ ...block, text: part.join("\n"), ...(from > 0 ? { goesOn: true } : {}) });
      from += part.length;
      room -= part.length;
    }
  }
  return pieces;
}

/** The rows of two columns, in pieces. */
export function rowPieces(hunk: Hunk): Row[][] {
  const rows = rowsOf(hunk);
  const count = Math.ceil(rows.length / PIECE_LINES);
  return Array.from({ length: count }, (_, i) => rows.slice(i * PIECE_LINES, (i + 1) * PIECE_LINES));
}

/** Removed lines beside the added ones that follow them. The left column is the old text, the right one the new. */
export function rowsOf({ blocks }: Hunk): Row[] {
  const rows: Row[] = [];
  let [left, right]: [Cell[], Cell[]] = [[], []];
  const flush = () => {
    for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
      rows.push({ left: left[i] ?? null, right: right[i] ?? null });
    }
    [left, right] = [[], []];
  };
  for (const { kind, text, at, note, hides } of blocks) {
    let [old, fresh] = [at?.old ?? 0, at?.fresh ?? 0];
    for (const [i, line] of text.split("\n").entries()) {
      const told = note ? { note, first: i === 0 } : {};
      if (at === null || kind === "place") {
        flush();
        rows.push({ whole: { kind, text: line, ...(hides === undefined ? {} : { hides }) } });
      } else if (kind === "removed") {
        if (right.length > 0) flush();
        left.push({ kind, text: line, number: old, ...told });
        old += 1;
      } else if (kind === "added") {
        right.push({ kind, text: line, number: fresh, ...told });
        fresh += 1;
      } else if (line.startsWith("\\") && left.length + right.length > 0) {
        // "No newline at end of file" is said of the side that stands before it.
        (right.length > 0 ? right : left).push({ kind, text: line, number: 0 });
      } else {
        flush();
        const aside = line.startsWith("\\");
        rows.push({ left: { kind, text: line, number: aside ? 0 : old }, right: { kind, text: line, number: aside ? 0 : fresh } });
        if (!aside) [old, fresh] = [old + 1, fresh + 1];
      }
    }
  }
  flush();
  return rows;
}
