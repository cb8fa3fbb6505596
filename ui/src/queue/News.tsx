/** Tells a screen reader what came in, politely and at most every ten seconds. Focus is never moved by an event. */
import { useEffect, useRef, useState } from "react";
import type { ApprovalView } from "../api/types";
import { t } from "./texts";

export const EVERY_MS = 10_000;

/** `pending` is undefined until it has been read once: what is there then is no news. */
export function News({ pending }: { pending: ApprovalView[] | undefined }) {
  const known = useRef<Set<string> | null>(null);
  const fresh = useRef<ApprovalView[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const spokenAt = useRef(Number.NEGATIVE_INFINITY);
  const [words, setWords] = useState("");

  useEffect(() => {
    if (!pending) return;
    const ids = new Set(pending.map((view) => view.id));
    if (known.current) fresh.current.push(...pending.filter((view) => !known.current?.has(view.id)));
    known.current = known.current ? new Set([...known.current, ...ids]) : ids;
    if (fresh.current.length === 0) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => {
        const grave = fresh.current.filter((v) => v.level === "high" || v.level === "critical").length;
        const said = t("fresh", { count: fresh.current.length });
        setWords(grave > 0 ? t("news", { fresh: said, grave }) : said);
        fresh.current = [];
        spokenAt.current = performance.now();
      },
      Math.max(0, spokenAt.current + EVERY_MS - performance.now()),
    );
  }, [pending]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div role="status" className="visually-hidden">
      {words}
    </div>
  );
}
