/** What a diff says about each of its files, and what the server found about it. Pure. */
import type { ApprovalView } from "../api/types";
import { names, type ChangedFile, type Hunk } from "./diff";

export interface FileFacts {
  op: "created" | "deleted" | "changed";
  /** Where its content comes from. */
  before: { path: string; how: "renamed" | "copied" | "content_moved" } | null;
  binary: boolean;
  /** By what it is generated: its name, or its own word for it. */
  generated: "generated" | "says_generated" | null;
  /** Nothing but whitespace changes. */
  spaceOnly: boolean;
  /** What the server found, in one word each. */
  marks: string[];
}

type Marks = NonNullable<ApprovalView["file_marks"]>;

const BY_NAME = new RegExp(
  [
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|cargo\.lock|poetry\.lock|uv\.lock|pdm\.lock|pipfile\.lock|go\.sum|gemfile\.lock|composer\.lock|mix\.lock|packages\.lock\.json|podfile\.lock|flake\.lock|deno\.lock|pubspec\.lock)$/,
    /(^|\/)(dist|node_modules|__generated__|generated)\//,
    /\.(min\.(js|mjs|css)|js\.map|css\.map|pb\.go|pb\.cc|pb\.h|g\.dart|designer\.cs)$/,
    /(_pb2(_grpc)?\.pyi?|\.(gen|generated)\.[a-z]+)$/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);
const OWN_WORD = /@generated\b|\bcode generated .*\bdo not edit\b|\blinguist-generated\b|\bauto-?generated\b.*\bdo not (edit|modify)\b/i;
/** Such words stand at the top of a file. */
const TOP_LINES = 20;

export function fileFacts(file: ChangedFile, hunks: readonly Hunk[], marks: Marks = []): FileFacts {
  const own = file.hunks.flatMap((at) => hunks[at] ?? []);
  const header = own.flatMap(({ blocks }) => blocks.filter(({ at, hides }) => at === null && hides === undefined).map(({ text }) => text)).join("\n");
  const changed = own.flatMap(({ blocks }) => blocks.filter(({ kind, at }) => at !== null && (kind === "added" || kind === "removed")));
  const created = /^new file mode|^--- \/dev\/null/m.test(header);
  const deleted = /^deleted file mode|^\+\+\+ \/dev\/null/m.test(header);
  return {
    op: created ? "created" : deleted ? "deleted" : "changed",
    before: cameFrom(header, file, own, created),
    binary: own.some(({ risks }) => risks.some(({ why }) => why === "binary")),
    generated: file.path !== null && BY_NAME.test(file.path) ? "generated" : saysSo(own) ? "says_generated" : null,
    spaceOnly: changed.length > 0 && changed.every(({ note }) => note?.is === "space"),
    marks: [...new Set([...(deleted ? ["deletes"] : []), ...marks.filter(({ path }) => file.path !== null && names(path, file.path)).map(({ mark }) => mark)])],
  };
}

function cameFrom(header: string, file: ChangedFile, own: Hunk[], created: boolean): FileFacts["before"] {
  for (const [how, line] of [["renamed", /^rename from (.+)$/m], ["copied", /^copy from (.+)$/m]] as const) {
    const path = line.exec(header)?.[1];
    if (path !== undefined) return { how, path };
  }
  if (!created) return null;
  const added = own.flatMap(({ blocks }) => blocks.filter(({ kind, at }) => kind === "added" && at !== null));
  const telling = added.filter(({ note }) => note?.is !== "space");
  const sources = new Set(telling.map(({ note }) => (note?.is === "moved" ? (note.from?.path ?? null) : null)));
  const [path] = sources;
  return sources.size === 1 && path && path !== file.path ? { how: "content_moved", path } : null;
}

function saysSo(own: Hunk[]): boolean {
  return own.some(({ blocks }) =>
    blocks.some(({ at, kind, text }) => at !== null && kind !== "removed" && at.fresh <= TOP_LINES && OWN_WORD.test(text.split("\n").slice(0, TOP_LINES).join("\n"))),
  );
}

/** A row of the tree: a folder, or a file in it. */
export type TreeRow =
  | { folder: string; name: string; depth: number; files: ChangedFile[] }
  | { file: ChangedFile; folder: string; name: string; depth: number };

interface Folder {
  path: string;
  name: string;
  folders: Map<string, Folder>;
  files: ChangedFile[];
}

const empty = (path: string, name: string): Folder => ({ path, name, folders: new Map(), files: [] });

/** The files as a tree, in rows; folders with nothing but one folder in them are one row. Files keep the order of the diff. */
export function treeRows(files: readonly ChangedFile[], folded: ReadonlySet<string>): TreeRow[] {
  const root = empty("", "");
  for (const file of files) {
    let folder = root;
    for (const name of (file.path ?? "").split("/").slice(0, -1)) {
      const path = `${folder.path}${name}/`;
      const next = folder.folders.get(name) ?? empty(path, name);
      folder.folders.set(name, next);
      folder = next;
    }
    folder.files.push(file);
  }
  return rowsOf(root, 1, folded);
}

function rowsOf(folder: Folder, depth: number, folded: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  for (const child of folder.folders.values()) {
    let [inner, name] = [child, `${child.name}/`];
    while (inner.files.length === 0 && inner.folders.size === 1) {
      for (const only of inner.folders.values()) {
        name += `${only.name}/`;
        inner = only;
      }
    }
    rows.push({ folder: inner.path, name, depth, files: allIn(inner) });
    if (!folded.has(inner.path)) rows.push(...rowsOf(inner, depth + 1, folded));
  }
  for (const file of folder.files) rows.push({ file, folder: folder.path, name: file.path?.slice(folder.path.length) ?? "", depth });
  return rows;
}

const allIn = (folder: Folder): ChangedFile[] => [...[...folder.folders.values()].flatMap(allIn), ...folder.files];

/** Lines that are added and removed in several files. */
export const sums = (files: readonly ChangedFile[]): { added: number; removed: number } => ({
  added: files.reduce((sum, file) => sum + file.added, 0),
  removed: files.reduce((sum, file) => sum + file.removed, 0),
});
