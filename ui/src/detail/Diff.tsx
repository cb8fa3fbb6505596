/**
 * The whole diff, as one column or as two. `n` and `b` jump between the hunks that deserve a look first, `]` and `[` between the
 * files, `f` goes on to what was not looked at. What changes only whitespace can be hidden (`w`): its place says so, and it is
 * not looked at meanwhile. Of a long diff only what is near the view is drawn; what is not drawn keeps its room.
 */
import { useCallback, useContext, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref, type RefObject } from "react";
import type { ApprovalView } from "../api/types";
import { useCommands } from "../state/keys";
import { prefer, usePreferences } from "../state/preferences";
import { HiddenWarning } from "../text/VisibleText";
import { noted, spaceLines, withoutSpace } from "./alike";
import styles from "./diff.module.css";
import { countOf, filesOf, hunksOf, type ChangedFile } from "./diff";
import { DiffFiles } from "./DiffFiles";
import { DiffHunk } from "./DiffHunk";
import { fileFacts } from "./files";
import { FileMarks } from "./marks";
import { t } from "./texts";
import { t as d } from "./texts.diff";
import { useLooked } from "./useLooked";
import { useWide } from "./useWide";

/** From this many lines on, hunks far from the view are not drawn. */
const LONG = 2_000;
/** Two columns need this much room to be read. */
const TWO_COLUMNS_PX = 600;

/** How far a person came in a diff. */
export interface Looked {
  files: number;
  /** The files not looked at to their end, by name. */
  left: string[];
}

/** Brings what was not looked at yet into view; whether there was something. */
export type GoOn = () => boolean;

interface Props {
  text: string;
  factors: ApprovalView["factors"];
  onLooked: (looked: Looked) => void;
  goOn: Ref<GoOn>;
}

export function Diff({ text, factors, onLooked, goOn }: Props) {
  const marks = useContext(FileMarks);
  const hunks = useMemo(() => noted(hunksOf(text, factors)), [text, factors]);
  const files = useMemo(() => filesOf(hunks), [hunks]);
  const facts = useMemo(() => new Map(files.map((file) => [file, fileFacts(file, hunks, marks)])), [files, hunks, marks]);
  const drawn = useRef<HTMLPreElement>(null);
  const looking = useLooked(drawn, hunks.length);
  const space = useSpace(hunks);
  const onward = () => {
    const next = hunks.findIndex((_, at) => !looking.seen.has(at));
    // Nobody can look at what is hidden: it is shown again.
    if (space.shown[next]?.hides !== undefined) space.show();
    return looking.goOn();
  };
  useImperativeHandle(goOn, () => onward);
  useEffect(() => {
    const left = files.filter((file) => !file.hunks.every((at) => looking.seen.has(at)));
    onLooked({ files: files.length, left: left.map(({ path }) => path ?? t("file_unnamed")) });
  }, [files, looking.seen, onLooked]);
  const jumps = useJumps(hunks, drawn);
  const wide = useWide(drawn, TWO_COLUMNS_PX);
  const chosen = usePreferences().diff;
  const layout = wide ? chosen : "unified";
  const swap = () => prefer({ diff: chosen === "split" ? "unified" : "split" });
  useCommands([
    { keys: "d", words: t(chosen === "split" ? "one_column" : "two_columns"), run: swap },
    { keys: "f", words: t("next_unseen"), run: () => void onward() },
  ]);
  const long = hunks.reduce((sum, { lines }) => sum + lines, 0) > LONG;
  const goTo = useCallback((at: number) => drawn.current?.querySelector(`[data-hunk="${at}"]`)?.scrollIntoView({ block: "start" }), []);
  useFileJumps(files, goTo);
  return (
    <figure className={styles.figure} data-layout={layout}>
      <figcaption className={styles.caption}>
        <span>{t("diff", { added: countOf(hunks, "added"), removed: countOf(hunks, "removed") })}</span>
        {jumps.risky.length > 0 && (
          <button type="button" className={styles.link} data-testid="next-risky" onClick={() => jumps.jump(1)}>
            {t("to_risky", { count: jumps.risky.length })}
          </button>
        )}
        <span role="status" data-testid="risky-at">
          {jumps.at >= 0 && t("risky_at", { at: jumps.at + 1, of: jumps.risky.length })}
        </span>
        <button type="button" className={styles.link} data-testid="diff-layout" aria-pressed={chosen === "split"} onClick={swap}>
          {t("two_columns")}
        </button>
        {chosen === "split" && !wide && <span>{t("too_narrow")}</span>}
        {space.count > 0 && (
          <button type="button" className={styles.link} data-testid="hide-space" aria-pressed={space.hides} onClick={space.swap}>
            {d("space", { count: space.count })}
          </button>
        )}
        <b role="status" data-testid="space-hidden">
          {space.hides && d("hidden", { count: space.count })}
        </b>
      </figcaption>
      <DiffFiles files={files} facts={facts} seen={looking.seen} onOpen={goTo} />
      <HiddenWarning text={text} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={drawn} className={styles.drawn} data-testid="diff" data-layout={layout} role="group" tabIndex={0} aria-label={t("diff_label")}>
        {space.shown.map((hunk, at) => (
          <DiffHunk
            // Hunks of one diff never move, so their position is their identity.
            // oxlint-disable-next-line no-array-index-key
            key={at}
            hunk={hunk}
            at={at}
            layout={layout}
            lazy={long}
            current={jumps.risky[jumps.at] === at}
            watch={looking.watch}
            onShow={space.show}
          />
        ))}
      </pre>
    </figure>
  );
}

/** Hides what changes only whitespace, while this diff is open and no longer. */
function useSpace(hunks: ReturnType<typeof hunksOf>) {
  const [hides, setHides] = useState(false);
  const count = useMemo(() => hunks.reduce((sum, hunk) => sum + spaceLines(hunk), 0), [hunks]);
  const shown = useMemo(() => (hides ? hunks.map(withoutSpace) : hunks), [hunks, hides]);
  const show = useMemo(() => () => setHides(false), []);
  const swap = () => setHides(!hides);
  useCommands(count > 0 ? [{ keys: "w", words: d("space_key"), run: swap }] : []);
  return { hides, count, shown, show, swap };
}

/** The way from one file to the next, and back. */
function useFileJumps(files: ChangedFile[], goTo: (hunk: number) => void): void {
  const at = useRef(-1);
  const jump = (step: number) => {
    at.current = at.current < 0 && step < 0 ? files.length - 1 : (at.current + step + files.length) % files.length;
    goTo(files[at.current]?.hunks[0] ?? 0);
  };
  useCommands(
    files.length > 1
      ? [
          { keys: "]", words: d("next_file"), run: () => jump(1) },
          { keys: "[", words: d("previous_file"), run: () => jump(-1) },
        ]
      : [],
  );
}

/** The way from one hunk that deserves a look to the next, and back. */
function useJumps(hunks: ReturnType<typeof hunksOf>, drawn: RefObject<HTMLElement | null>) {
  const [at, setAt] = useState(-1);
  const risky = useMemo(() => hunks.flatMap((hunk, i) => (hunk.risks.length > 0 ? [i] : [])), [hunks]);
  const jump = (step: number) => {
    const next = at < 0 && step < 0 ? risky.length - 1 : (at + step + risky.length) % risky.length;
    setAt(next);
    drawn.current?.querySelector(`[data-hunk="${risky[next]}"]`)?.scrollIntoView({ block: "start" });
  };
  useCommands(
    risky.length > 0
      ? [
          { keys: "n", words: t("next_risky"), run: () => jump(1) },
          { keys: "b", words: t("previous_risky"), run: () => jump(-1) },
        ]
      : [],
  );
  return { at, risky, jump };
}
