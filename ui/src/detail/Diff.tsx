/**
 * The whole diff, nothing folded. `n` and `b` jump between the hunks that deserve a look first. Of a long diff only what is
 * near the view is drawn; what is not drawn keeps its room.
 */
import { memo, useEffect, useMemo, useRef, useState } from "react";
import type { ApprovalView } from "../api/types";
import { useCommands } from "../state/keys";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { countOf, hunksOf, type Hunk } from "./diff";
import { t } from "./texts";

/** From this many lines on, hunks far from the view are not drawn. */
const LONG = 2_000;
const LINE_PX = 20;

interface Props {
  text: string;
  factors: ApprovalView["factors"];
}

export function Diff({ text, factors }: Props) {
  const hunks = useMemo(() => hunksOf(text, factors), [text, factors]);
  const drawn = useRef<HTMLPreElement>(null);
  const [at, setAt] = useState(-1);
  const risky = useMemo(() => hunks.flatMap((hunk, i) => (hunk.risks.length > 0 ? [i] : [])), [hunks]);
  const long = hunks.reduce((sum, { lines }) => sum + lines, 0) > LONG;
  const jump = (step: number) => {
    if (risky.length === 0) return;
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
  return (
    <figure className={styles.code}>
      <figcaption>
        {t("diff", { added: countOf(hunks, "added"), removed: countOf(hunks, "removed") })}
        {risky.length > 0 && (
          <span className={styles.jumps}>
            <button type="button" className={styles.link} data-testid="next-risky" onClick={() => jump(1)}>
              {t("to_risky", { count: risky.length })}
            </button>
            <span role="status" data-testid="risky-at">
              {at >= 0 && t("risky_at", { at: at + 1, of: risky.length })}
            </span>
          </span>
        )}
      </figcaption>
      <HiddenWarning text={text} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={drawn} data-testid="diff" tabIndex={0} aria-label="Diff">
        {hunks.map((hunk, i) => (
          // Hunks of one diff never move, so their position is their identity.
          // oxlint-disable-next-line no-array-index-key
          <Part key={i} hunk={hunk} at={i} lazy={long} current={risky[at] === i} />
        ))}
      </pre>
    </figure>
  );
}

interface PartProps {
  hunk: Hunk;
  at: number;
  lazy: boolean;
  current: boolean;
}

const Part = memo(function Part({ hunk, at, lazy, current }: PartProps) {
  const place = useRef<HTMLSpanElement>(null);
  const observes = lazy && typeof IntersectionObserver !== "undefined";
  const [near, setNear] = useState(!observes);
  const [room, setRoom] = useState(hunk.lines * LINE_PX);
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
  }, [observes]);
  return (
    <span
      ref={place}
      className={styles.hunk}
      data-hunk={at}
      data-risky={hunk.risks.length > 0 ? "true" : undefined}
      data-current={current ? "true" : undefined}
      style={near ? undefined : { height: room }}
    >
      {near && hunk.risks.length > 0 && (
        <span className={styles.risks} data-testid="hunk-risk">
          {hunk.risks.map((risk) => (
            <span key={risk.why === "hidden" ? "" : risk.reason}>
              ▲ {risk.why === "hidden" ? t("hidden_here") : <VisibleText text={risk.reason} />}
            </span>
          ))}
        </span>
      )}
      {near &&
        hunk.blocks.map((block, i) => (
          // oxlint-disable-next-line no-array-index-key
          <span key={i} className={styles.block} data-kind={block.kind}>
            <VisibleText text={block.text} />
          </span>
        ))}
    </span>
  );
});
