/**
 * What a screen reader hears without asking: new requests politely and at most every ten seconds; at once only a critical
 * one, and that a decision did not count. Both regions are there from the start, and focus is never moved by an event.
 * While the requests are on the screen, they tell what is new themselves.
 */
import { useEffect, useRef, useState } from "react";
import { levelOf, type ApprovalView } from "../api/types";
import { refusedWords } from "../decide/refusal";
import { useUncounted } from "../decide/uncounted";
import { useApprovals, useOutbox, useParts } from "../state/console";
import { t } from "./texts";

export const EVERY_MS = 10_000;

/** What was not there before. `known` is null until there was a first list, which is no news. */
function fresh<T>(known: Set<string> | null, now: T[], name: (item: T) => string): { known: Set<string>; news: T[] } {
  const news = known === null ? [] : now.filter((item) => !known.has(name(item)));
  return { known: new Set([...(known ?? []), ...now.map(name)]), news };
}

function inWords(news: ApprovalView[]): string {
  const high = news.filter((view) => levelOf(view.level) === "high").length;
  return [t("news", { count: news.length }), ...(high > 0 ? [t("news_high", { count: high })] : [])].join(", ");
}

interface Props {
  atRequests: boolean;
  /** The request on the screen: it tells by itself what was refused just now. */
  openId: string | null;
  user: string;
}

export function Live({ atRequests, openId, user }: Props) {
  const approvals = useApprovals().data;
  const uncounted = useUncounted(user);
  const outbox = useOutbox();
  const { kind } = useParts().client.transport;
  // The web page has no outbox to wait for.
  const outboxRead = kind === "web" || outbox.isFetched;
  const seen = useRef<Set<string> | null>(null);
  const refused = useRef<Set<string> | null>(null);
  const batch = useRef<ApprovalView[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const spokenAt = useRef(Number.NEGATIVE_INFINITY);
  const [polite, setPolite] = useState("");
  const [urgent, setUrgent] = useState("");

  useEffect(() => {
    if (!approvals) return;
    const found = fresh(seen.current, approvals.filter((view) => view.status === "pending"), (view) => view.id);
    seen.current = found.known;
    const critical = found.news.filter((view) => levelOf(view.level) === "critical");
    if (critical.length > 0) setUrgent(t("news_critical", { count: critical.length }));
    batch.current.push(...found.news.filter((view) => levelOf(view.level) !== "critical"));
    if (batch.current.length === 0) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => {
        setPolite(inWords(batch.current));
        batch.current = [];
        spokenAt.current = performance.now();
      },
      Math.max(0, spokenAt.current + EVERY_MS - performance.now()),
    );
  }, [approvals]);

  useEffect(() => {
    if (!outboxRead) return;
    const found = fresh(refused.current, uncounted, (one) => one.id);
    refused.current = found.known;
    const newest = found.news.find((one) => one.sent !== undefined || one.approvalId !== openId);
    if (newest) setUrgent(t("news_refused", { why: refusedWords(newest, newest.view, user) }));
  }, [outboxRead, uncounted, openId, user]);

  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div className="visually-hidden">
      <div role="status" data-testid="live-polite">
        {atRequests ? "" : polite}
      </div>
      <div aria-live="assertive" data-testid="live-urgent">
        {urgent}
      </div>
    </div>
  );
}
