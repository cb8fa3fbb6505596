/** One hunk, as one column or as two. It tells its ends to whoever keeps what was looked at. */
import { memo, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { Preferences } from "../state/preferences";
import { VisibleText } from "../text/VisibleText";
import type { Block, Hunk, Note, Risk, Spot } from "./diff";
import styles from "./diff.module.css";
import { blockPieces, rowPieces, type Cell, type Row } from "./pieces";
import { t } from "./texts";
import { t as d } from "./texts.diff";
import type { Looking } from "./useLooked";

const LINE_PX = 20;

interface Props {
  hunk: Hunk;
  at: number;
  layout: Preferences["diff"];
  lazy: boolean;
  current: boolean;
  watch: Looking["watch"];
  /** Shows what is hidden. */
  onShow: () => void;
}

export const DiffHunk = memo(function DiffHunk({ hunk, at, layout, lazy, current, watch, onShow }: Props) {
  const place = useRef<HTMLSpanElement>(null);
  const { near, room } = useNear(place, lazy, hunk.lines * LINE_PX);
  return (
    <span
      ref={place}
      className={styles.hunk}
      data-hunk={at}
      data-risky={hunk.risks.length > 0 ? "true" : undefined}
      data-current={current ? "true" : undefined}
      data-hides={hunk.hides}
      style={near ? undefined : { height: room }}
    >
      {near && hunk.risks.length > 0 && (
        <span className={styles.risks} data-testid="hunk-risk">
          {hunk.risks.map((risk) => (
            <span key={risk.why === "evidence" ? risk.reason : risk.why}>▲ {riskWords(risk)}</span>
          ))}
        </span>
      )}
      {near && <Pieces key={`${layout} ${hunk.hides ?? 0}`} hunk={hunk} at={at} layout={layout} watch={watch} onShow={onShow} />}
    </span>
  );
});

function riskWords(risk: Risk) {
  if (risk.why === "evidence") return <VisibleText text={risk.reason} />;
  return t(risk.why === "hidden" ? "hidden_here" : "binary_here");
}

/** Whether it is near enough to be drawn, and how much room it takes while it is not. */
function useNear(place: RefObject<HTMLElement | null>, lazy: boolean, guess: number) {
  const observes = lazy && typeof IntersectionObserver !== "undefined";
  const [near, setNear] = useState(!observes);
  const [room, setRoom] = useState(guess);
  useEffect(() => {
    const element = place.current;
    if (!observes || !element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1);
        if (!entry) return;
        if (!entry.isIntersecting && entry.boundingClientRect.height > 0) setRoom(entry.boundingClientRect.height);
        setNear(entry.isIntersecting);
      },
      { rootMargin: "1200px 0px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, observes]);
  return { near, room };
}

// The pieces, blocks and rows of one hunk never move: their positions are their identities.
/* oxlint-disable no-array-index-key */
function Pieces({ hunk, at, layout, watch, onShow }: Pick<Props, "hunk" | "at" | "layout" | "watch" | "onShow">) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => (place.current ? watch(at, place.current) : undefined), [watch, at]);
  const pieces = useMemo(
    () =>
      layout === "split"
        ? rowPieces(hunk).map((rows) => rows.map((row, i) => <Sides key={i} row={row} onShow={onShow} />))
        : blockPieces(hunk).map((blocks) => blocks.map((block, i) => <Whole key={i} {...block} onShow={onShow} />)),
    [hunk, layout, onShow],
  );
  return (
    <span ref={place} className={styles.piece}>
      {pieces.map((piece, i) => (
        <span key={i} className={styles.piece}>
          {piece}
          <i data-end />
        </span>
      ))}
    </span>
  );
}
/* oxlint-enable no-array-index-key */

type WholeProps = Pick<Block, "kind" | "text" | "note" | "goesOn" | "hides"> & Pick<Props, "onShow">;

function Whole({ kind, text, note, goesOn, hides, onShow }: WholeProps) {
  if (hides !== undefined) {
    return (
      <span className={styles.hides} data-testid="hides" data-unseen>
        {d("hidden_here", { count: hides })}{" "}
        <button type="button" className={styles.link} onClick={onShow}>
          {d("show_hidden")}
        </button>
      </span>
    );
  }
  return (
    <span className={styles.block} data-kind={kind} data-note={note?.is}>
      {note && goesOn !== true && <Said note={note} />}
      <VisibleText text={text} />
    </span>
  );
}

/** What is said of lines that only look changed; not copied with them. */
function Said({ note }: { note: Note }) {
  return (
    <span className={styles.said} data-testid="line-note">
      {note.is === "space" ? d("only_space") : <VisibleText text={movedWords(note)} />}
    </span>
  );
}

function movedWords({ from, to, exact }: Extract<Note, { is: "moved" }>): string {
  const place = (spot: Spot | undefined) => `${spot?.path ?? t("file_unnamed")}:${spot?.number ?? 0}`;
  return d(from ? "moved_from" : "moved_to", { place: place(from ?? to) }) + (exact ? "" : d("other_space"));
}

function Sides({ row, onShow }: { row: Row } & Pick<Props, "onShow">) {
  if ("whole" in row) return <Whole {...row.whole} onShow={onShow} />;
  return (
    <span className={styles.row} data-testid="diff-row">
      <Side cell={row.left} />
      <Side cell={row.right} />
    </span>
  );
}

function Side({ cell }: { cell: Cell | null }) {
  if (cell === null) return <span className={styles.side} data-kind="none" />;
  return (
    <span className={styles.side} data-kind={cell.kind} data-note={cell.note?.is} data-number={cell.number > 0 ? cell.number : ""}>
      {cell.note && cell.first === true && <Said note={cell.note} />}
      <VisibleText text={cell.text} />
    </span>
  );
}
