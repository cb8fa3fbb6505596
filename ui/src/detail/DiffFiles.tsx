/**
 * The files of a diff as a tree: how much changes in each, what the server found about it, where it comes from, and whether it was
 * looked at to its end. One stop for Tab; arrows move, Enter and Space go to the file or fold the folder.
 */
import { memo, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { VisibleText } from "../text/VisibleText";
import type { ChangedFile } from "./diff";
import styles from "./diff.module.css";
import { sums, treeRows, type FileFacts, type TreeRow } from "./files";
import { t } from "./texts";
import { markWords, t as d } from "./texts.diff";

interface Props {
  files: ChangedFile[];
  facts: ReadonlyMap<ChangedFile, FileFacts>;
  seen: ReadonlySet<number>;
  /** Goes to a hunk. */
  onOpen: (hunk: number) => void;
}

const lookedAt = (file: ChangedFile, seen: ReadonlySet<number>) => file.hunks.every((at) => seen.has(at));

export function DiffFiles({ files, facts, seen, onOpen }: Props) {
  const count = files.filter((file) => lookedAt(file, seen)).length;
  return (
    <div className={styles.files} data-testid="diff-files">
      <p data-testid="files-looked">{t("files_looked", { seen: count, count: files.length })}</p>
      <Tree files={files} facts={facts} seen={seen} onOpen={onOpen} />
    </div>
  );
}

function Tree({ files, facts, seen, onOpen }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set<string>());
  const [at, setAt] = useState(0);
  const moved = useRef(false);
  const tree = useRef<HTMLUListElement>(null);
  const rows = useMemo(() => treeRows(files, folded), [files, folded]);
  const here = Math.min(at, rows.length - 1);
  useEffect(() => {
    if (moved.current) tree.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    moved.current = false;
  });
  const go = (to: number) => {
    moved.current = true;
    setAt(Math.max(0, Math.min(rows.length - 1, to)));
  };
  const fold = useCallback(
    (folder: string, shut?: boolean) =>
      setFolded((before) => {
        const next = new Set(before);
        if (shut ?? !before.has(folder)) next.add(folder);
        else next.delete(folder);
        return next;
      }),
    [],
  );
  const act = useCallback(
    (row: TreeRow, place: number) => {
      setAt(place);
      if ("file" in row) onOpen(row.file.hunks[0] ?? 0);
      else fold(row.folder);
    },
    [onOpen, fold],
  );
  const above = (row: TreeRow) => rows.findLastIndex((other, i) => i < here && other.depth < row.depth);
  const press = (event: KeyboardEvent) => {
    const row = rows[here];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const shut = "file" in row || folded.has(row.folder);
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(here + 1),
      ArrowUp: () => go(here - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => ("file" in row ? undefined : shut ? fold(row.folder, false) : go(here + 1)),
      ArrowLeft: () => ("file" in row || shut ? go(Math.max(0, above(row))) : fold(row.folder, true)),
      Enter: () => act(row, here),
      " ": () => act(row, here),
    };
    const run = keys[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  };
  return (
    // Its rows hear the keys; the tree only passes them on.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <ul ref={tree} role="tree" aria-label={d("files")} onKeyDown={press}>
      {rows.map((row, i) => {
        const file = "file" in row ? row.file : null;
        const inside = "file" in row ? [row.file] : row.files;
        return (
          <Row
            key={"file" in row ? `file ${row.file.hunks[0]}` : `folder ${row.folder}`}
            row={row}
            place={i}
            active={i === here}
            open={file !== null || !folded.has(row.folder)}
            looked={inside.every((one) => lookedAt(one, seen))}
            facts={file === null ? undefined : facts.get(file)}
            onAct={act}
          />
        );
      })}
    </ul>
  );
}

interface RowProps {
  row: TreeRow;
  place: number;
  active: boolean;
  open: boolean;
  looked: boolean;
  facts: FileFacts | undefined;
  onAct: (row: TreeRow, place: number) => void;
}

/** Drawn again only when something of its own changed: there may be many. */
const Row = memo(function Row({ row, place, active, open, looked, facts, onAct }: RowProps) {
  const file = "file" in row ? row.file : null;
  const changed = sums("file" in row ? [row.file] : row.files);
  return (
    // The tree hears the keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <li
      role="treeitem"
      aria-level={row.depth}
      aria-expanded={file === null ? open : undefined}
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-testid={file === null ? "diff-folder" : "diff-file"}
      data-looked={looked}
      style={{ paddingInlineStart: `${row.depth * 14}px` }}
      onClick={() => onAct(row, place)}
    >
      <span className={styles.mark} role="img" aria-label={t(looked ? "looked" : "not_looked")} title={t(looked ? "looked" : "not_looked")}>
        {looked ? "✓" : "○"}
      </span>
      {file === null && <span aria-hidden="true">{open ? "▾" : "▸"}</span>}
      <span className={styles.fileName}>
        <code>{file?.path === null ? t("file_unnamed") : <VisibleText text={row.name} />}</code>
        {!open && "files" in row && <small> {d("folder", { count: row.files.length })}</small>}
        {facts && <Facts facts={facts} />}
      </span>
      <span className={styles.counts}>
        {file?.risky && (
          <b role="img" aria-label={t("file_risky")} title={t("file_risky")}>
            ▲
          </b>
        )}{" "}
        <span aria-hidden="true">{`+${changed.added} −${changed.removed}`}</span>
        <span className="visually-hidden">{d("counts", changed)}</span>
      </span>
    </li>
  );
});

/** What is said about a file beside its name. */
const Facts = memo(function Facts({ facts }: { facts: FileFacts }) {
  const said: ReactNode[] = [];
  const say = (key: string, what: ReactNode, risk = false) =>
    said.push(
      <span key={key} className={styles.fact} data-risk={risk ? "true" : undefined} data-testid={risk ? "file-mark" : "file-fact"}>
        {what}
      </span>,
    );
  for (const mark of facts.marks) say(`mark ${mark}`, `▲ ${markWords(mark)}`, true);
  if (facts.op !== "changed") say("op", d(facts.op));
  if (facts.before) say("before", <VisibleText text={d(facts.before.how, { path: facts.before.path })} />);
  if (facts.binary) say("binary", d("binary"));
  if (facts.generated) say("generated", d(facts.generated));
  if (facts.spaceOnly) say("space", d("space_only"));
  return said;
});
