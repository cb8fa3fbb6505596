/**
 * Several requests side by side, and what can be done with them at once. Nothing can be approved before all of the
 * table was in view; what needs its own review is left out, and the button says so.
 */
import { Button } from "@mui/material";
import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import type { ApprovalView, ConsoleState } from "../../api/types";
import { noteApproved, useBraking } from "../../decide/brake";
import decide from "../../decide/decide.module.css";
import type { Controls } from "../../decide/DecisionBar";
import { ignoreEnter } from "../../decide/enter";
import { readMaterial } from "../../detail/material";
import { useRead } from "../../detail/useRead";
import { useParts } from "../../state/console";
import { VisibleText } from "../../text/VisibleText";
import { alike } from "../group";
import { t } from "../texts";
import { bulkApprove, type Bulk, type LeftOut } from "./bulk";
import styles from "./bulk.module.css";
import { BulkApproveDialog } from "./BulkApproveDialog";
import { BulkRejectDialog } from "./BulkRejectDialog";
import { Differences } from "./Differences";
import { Results } from "./Results";
import type { BulkRun } from "./useBulk";

interface Props {
  views: ApprovalView[];
  console: ConsoleState;
  now: number;
  /** Digests read to the end by themselves. */
  read: ReadonlySet<string>;
  run: BulkRun;
  controls: Ref<Controls>;
  onOpen: (id: string) => void;
  onBack: () => void;
  onSnooze: (views: ApprovalView[]) => void;
  onDeciding: (open: boolean) => void;
}

export function ComparePane({ views, console, now, read, run, controls, onOpen, onBack, onSnooze, onDeciding }: Props) {
  const { client, clock } = useParts();
  const { kind } = client.transport;
  const user = console.user ?? "";
  const brake = useBraking(user, now);
  const [open, setOpen] = useState<"approve" | "reject" | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useMemo(() => views.map((view) => view.digest).join(" "), [views]);
  const { seen, readOn } = useRead(scroller, content);
  const readings = useMemo(() => new Map(views.map((view) => [view.id, readMaterial(view.material, view.digest)])), [views]);
  const bulk = bulkApprove(views, { circumstances: { console, kind, now }, readings, read });
  const pending = views.filter((view) => view.status === "pending");
  const busy = run.running?.busy === true;
  const possible = bulk.not === null && bulk.take.length > 0;
  const opened = useRef({ content: "", at: 0 });
  useEffect(() => {
    opened.current = { content, at: performance.now() };
  }, [content]);
  useEffect(() => () => onDeciding(false), [onDeciding]);
  // What becomes of each is told at the top.
  useEffect(() => {
    if (busy) scroller.current?.scrollTo({ top: 0 });
  }, [busy]);

  const show = (what: "approve" | "reject" | null) => {
    setOpen(what);
    onDeciding(what !== null);
  };
  const showAll = () => void readOn();
  const pressApprove = () => {
    if (!possible || busy) return;
    if (seen) show("approve");
    else showAll();
  };
  const pressReject = () => {
    if (pending.length > 0 && !busy) show("reject");
  };
  // Agents are paused one by one, in their requests.
  useImperativeHandle(controls, () => ({ approve: pressApprove, reject: pressReject, rejectAndPause: pressReject }));
  const dialog = open === "approve" && !possible ? null : open;

  return (
    <section className={styles.pane} aria-label={t("compare_title", { count: views.length })} data-testid="compare-pane">
      <div className={styles.scroll} ref={scroller}>
        <button type="button" className={styles.back} onClick={onBack}>
          {t("compare_back")}
        </button>
        <h2>{t("compare_title", { count: views.length })}</h2>
        <p className={styles.note}>{t(alike(views) ? "compare_alike" : "compare_unlike")}</p>
        <Results run={run} onOpen={onOpen} />
        <div data-must="true">
          <Differences views={views} onOpen={onOpen} />
        </div>
      </div>
      <footer className={decide.bar} role="group" aria-label={t("selection")}>
        <LeftOutList leftOut={bulk.leftOut} />
        {bulk.not && <p className={styles.note} data-testid="bulk-not">{t(`not_${bulk.not}`, { count: bulk.unread })}</p>}
        {pending.length > 0 && bulk.take.length === 0 && <p className={styles.note}>{t("bulk_none")}</p>}
        {pending.length > 0 && (
          <div className={decide.buttons}>
            <Button variant="outlined" color="error" data-testid="bulk-reject" disabled={busy} onClick={() => show("reject")}>
              {t("bulk_reject", { count: pending.length })}
            </Button>
            <Button variant="outlined" color="inherit" data-testid="bulk-snooze" disabled={busy} onClick={() => onSnooze(pending)}>
              {t("bulk_snooze")}
            </Button>
            <span className={decide.busy} />
            {possible && seen && (
              <Button variant="contained" data-testid="bulk-approve" disabled={busy} onKeyDown={ignoreEnter} onClick={pressApprove}>
                {approveWords(bulk)}
              </Button>
            )}
            {possible && !seen && (
              <Button variant="outlined" color="inherit" data-testid="read-on" onClick={showAll}>
                {t("bulk_read_on")}
              </Button>
            )}
          </div>
        )}
      </footer>
      {dialog === "approve" && (
        <BulkApproveDialog
          take={bulk.take}
          braked={brake !== null}
          onCancel={() => show(null)}
          onApprove={(reason) => {
            show(null);
            noteApproved(user, bulk.take.map(({ id }) => id), performance.now() - opened.current.at, clock.now());
            run.start("approve", bulk.take, () => reason);
          }}
        />
      )}
      {dialog === "reject" && (
        <BulkRejectDialog
          views={pending}
          onCancel={() => show(null)}
          onReject={(reasonFor) => {
            show(null);
            run.start("reject", pending, reasonFor);
          }}
        />
      )}
    </section>
  );
}

function approveWords({ take, leftOut }: Bulk): string {
  const count = leftOut.length;
  return count === 0 ? t("bulk_approve", { count: take.length }) : t("bulk_approve_but", { take: take.length, count });
}

function LeftOutList({ leftOut }: { leftOut: LeftOut[] }) {
  if (leftOut.length === 0) return null;
  return (
    <details className={styles.left_out} data-testid="left-out" open>
      <summary>{t("left_out")}</summary>
      <ul>
        {leftOut.map(({ view, because, why }) => (
          <li key={view.id}>
            <VisibleText text={view.title} />: {why.length > 0 ? why.join(" ") : t(`left_${because}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
