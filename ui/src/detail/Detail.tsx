/** One request: everything to know before deciding, in that order, and the decision bar after it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState, type Ref } from "react";
import { useAllowLike } from "../allow/useAllowLike";
import { levelOf, rank, type ApprovalView, type OutboxItem } from "../api/types";
import decide from "../decide/decide.module.css";
import { DecisionBar, type Controls } from "../decide/DecisionBar";
import { HeldBack } from "../decide/HeldBack";
import { HeldRejects } from "../decide/HeldRejects";
import { undo } from "../decide/held";
import { doings } from "../decide/More";
import { Told } from "../decide/Told";
import { useDecision } from "../decide/useDecision";
import { Failure, Waiting } from "../shell/Failure";
import { storeApproval, useApproval, useConsoleState, useNow, useParts } from "../state/console";
import { goTo } from "../state/route";
import { Changed } from "./Changed";
import { Claims } from "./Claims";
import styles from "./detail.module.css";
import type { GoOn, Looked } from "./Diff";
import { Discussion } from "./Discussion";
import { Ended } from "./Ended";
import { Head } from "./Head";
import { FileMarks, NO_MARKS } from "./marks";
import { readMaterial } from "./material";
import { People } from "./People";
import { Precedents } from "./Precedents";
import { Present } from "./Present";
import { Reach } from "./Reach";
import { Risk } from "./Risk";
import { RunSoFar } from "./RunSoFar";
import { t } from "./texts";
import { useRead } from "./useRead";
import { WhatRuns } from "./WhatRuns";
import { Why } from "./Why";

interface Props {
  id: string;
  controls: Ref<Controls>;
  onDeciding: (open: boolean) => void;
  /** The end of what must be read before deciding was in view. */
  onRead: (digest: string) => void;
  onSnooze: (view: ApprovalView) => void;
  onClaim: (view: ApprovalView) => void;
  unsent: OutboxItem | undefined;
}

export function Detail(props: Props) {
  const approval = useApproval(props.id);
  if (approval.isError && !approval.data) {
    return (
      <section className={styles.detail} aria-label={t("request")}>
        <Failure error={approval.error} onRetry={() => void approval.refetch()} />
      </section>
    );
  }
  if (!approval.data) {
    return (
      <section className={styles.detail} aria-label={t("request")}>
        <Waiting rows={4} />
      </section>
    );
  }
  return <FileMarks value={approval.data.file_marks ?? NO_MARKS}><Evidence {...props} view={approval.data} /></FileMarks>;
}

function Evidence({ view, controls, onDeciding, onRead, onSnooze, onClaim, unsent }: Props & { view: ApprovalView }) {
  const console = useConsoleState().data;
  const now = useNow();
  const decision = useDecision(view);
  const scroller = useRef<HTMLDivElement>(null);
  const { seen, left: unreadParts, readOn } = useRead(scroller, view.digest);
  const reading = useMemo(() => readMaterial(view.material, view.digest), [view.material, view.digest]);
  const [first] = useState({ digest: view.digest, policyHash: view.policy_hash });
  const changed = first.digest !== view.digest || first.policyHash !== view.policy_hash;
  const user = console?.user ?? null;
  const sheet = useRef<HTMLElement>(null);
  const { left, noteLooked } = useUnread(view, reading.material.diff);
  const goOn = useRef<GoOn>(null);
  const gravely = rank(levelOf(view.level)) >= rank("high");
  const extend = useExtend(view);
  const allow = useAllowLike(view, console);
  useEffect(() => () => onDeciding(false), [onDeciding]);
  const tellRead = useEffectEvent(onRead);
  useEffect(() => {
    if (seen && reading.problems.length === 0) tellRead(view.digest);
  }, [seen, reading, view.digest]);
  // What is held back was given for what was shown then.
  const gone = changed || view.status !== "pending";
  useEffect(() => {
    if (gone) undo(view.id);
  }, [gone, view.id]);

  return (
    <section ref={sheet} className={styles.detail} aria-label={t("request")} data-testid="detail" data-approval-id={view.id}>
      <div className={styles.scroll} ref={scroller}>
        <div className={styles.sheet}>
          <Head view={view} material={reading.material} now={now} />
          <Present view={view} console={console} now={now} />
          <Changed view={view} user={user} />
          <div className={styles.pair}>
            <Risk view={view} />
            <Why view={view} />
          </div>
          {view.edited_from && (
            <p className={styles.note}>
              {t("edited")}{" "}
              <button type="button" className={styles.link} onClick={() => goTo(view.edited_from ?? null)}>
                {t("edited_see")}
              </button>
            </p>
          )}
          <WhatRuns reading={reading} digest={view.digest} segments={view.segments} reach={view.reach} factors={view.factors} onLooked={noteLooked} goOn={goOn} />
          <Reach view={view} material={reading.material} />
          <div data-testid="material-end" />
          <Claims claims={view.claims} told={[...(view.reach?.process ? ["process"] : []), ...(view.way_back ? ["way_back"] : [])]} />
          <RunSoFar view={view} />
          <Precedents view={view} online={console?.online === true} />
          <People view={view} user={user} />
          <Discussion view={view} console={console} command={reading.material.command} />
        </div>
      </div>
      <footer className={decide.foot}>
        <HeldBack approvalId={view.id} />
        <HeldRejects approvalId={view.id} />
        <Told view={view} user={user} decision={decision} unsent={unsent} />
        {view.status === "pending" && console ? (
          <DecisionBar
            key={view.digest + view.policy_hash}
            view={view}
            console={console}
            reading={reading}
            now={now}
            seen={seen && (!gravely || left.length === 0)}
            partsLeft={unreadParts + (gravely ? left.length : 0)}
            unread={seen ? left : []}
            onShowAll={() => {
              if (unreadParts > 0) readOn();
              else goOn.current?.();
            }}
            onUnread={() => void goOn.current?.()}
            controls={controls}
            onDeciding={onDeciding}
            onAsk={() => sheet.current?.querySelector<HTMLInputElement>("[data-testid=remark]")?.focus()}
            onSnooze={() => onSnooze(view)}
            more={doings(view, user, { claim: () => onClaim(view), extend: console.online ? extend : null, allow: allow.begin })}
            unsent={unsent}
            decision={decision}
          />
        ) : (
          <Ended view={view} user={user} unsent={unsent} />
        )}
      </footer>
      {allow.dialog}
    </section>
  );
}

/** The changed files that were not looked at to their end, of the content that is shown now. */
function useUnread({ digest }: ApprovalView, diff: string | undefined) {
  const [known, setKnown] = useState<{ digest: string; left: string[] } | null>(null);
  const noteLooked = useCallback((of: string, { left }: Looked) => setKnown({ digest: of, left }), []);
  if (diff === undefined) return { left: [], noteLooked };
  return { left: known?.digest === digest ? known.left : [t("diff_label")], noteLooked };
}

/** Gives it an hour more, once. */
function useExtend(view: ApprovalView): () => void {
  const { client } = useParts();
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: () => client.extend(view.id, 3600),
    onSuccess: (next) => storeApproval(cache, next),
  });
  return () => act.mutate();
}
