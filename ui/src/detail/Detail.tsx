/** One request: everything to know before deciding, in that order, and the decision bar after it. */
import { useEffect, useMemo, useRef, useState, type Ref } from "react";
import { levelOf, type ApprovalView, type OutboxItem } from "../api/types";
import decide from "../decide/decide.module.css";
import { DecisionBar, type Controls } from "../decide/DecisionBar";
import { HeldBack } from "../decide/HeldBack";
import { undo } from "../decide/held";
import { Told } from "../decide/Told";
import { useDecision } from "../decide/useDecision";
import { Failure, Waiting } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { ruleWords } from "../shell/words";
import { clockTime, fullTime, leftOf, timeLeft, urgency } from "../state/clock";
import { useApproval, useConsoleState, useNow } from "../state/console";
import { goTo } from "../state/route";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import { Claims } from "./Claims";
import styles from "./detail.module.css";
import { Discussion } from "./Discussion";
import { Ended } from "./Ended";
import { readMaterial } from "./material";
import { People } from "./People";
import { Precedents } from "./Precedents";
import { Reach } from "./Reach";
import { Risk } from "./Risk";
import { Section } from "./Section";
import { useSeen } from "./useSeen";
import { WhatRuns } from "./WhatRuns";

interface Props {
  id: string;
  controls: Ref<Controls>;
  onDeciding: (open: boolean) => void;
  unsent: OutboxItem | undefined;
}

export function Detail(props: Props) {
  const approval = useApproval(props.id);
  if (approval.isError && !approval.data) {
    return (
      <section className={styles.detail} aria-label="Request">
        <Failure error={approval.error} onRetry={() => void approval.refetch()} />
      </section>
    );
  }
  if (!approval.data) {
    return (
      <section className={styles.detail} aria-label="Request">
        <Waiting rows={4} />
      </section>
    );
  }
  return <Evidence {...props} view={approval.data} />;
}

function Evidence({ view, controls, onDeciding, unsent }: Props & { view: ApprovalView }) {
  const console = useConsoleState().data;
  const now = useNow();
  const decision = useDecision(view);
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const seen = useSeen(scroller, end, view.digest);
  const reading = useMemo(() => readMaterial(view.material, view.digest), [view.material, view.digest]);
  const [first] = useState({ digest: view.digest, policyHash: view.policy_hash });
  const changed = first.digest !== view.digest || first.policyHash !== view.policy_hash;
  const left = leftOf(view, now);
  const user = console?.user ?? null;
  useEffect(() => () => onDeciding(false), [onDeciding]);
  // What is held back was given for what was shown then.
  const gone = changed || view.status !== "pending";
  useEffect(() => {
    if (gone) undo(view.id);
  }, [gone, view.id]);

  return (
    <section className={styles.detail} aria-label="Request" data-testid="detail" data-approval-id={view.id}>
      <div className={styles.scroll} ref={scroller}>
        <div className={styles.sheet}>
          <header className={styles.head}>
            <button type="button" className={styles.back} onClick={() => goTo(null)}>
              ← Back to the list
            </button>
            <p className={styles.over}>
              <LevelMark level={levelOf(view.level)} />
              <span>
                {view.agent && (
                  <>
                    <VisibleText text={view.agent} /> for{" "}
                  </>
                )}
                <VisibleText text={view.requester} />
              </span>
              <span>{`asked ${clockTime(view.created_at)}`}</span>
            </p>
            <HiddenWarning text={view.title} />
            <h2>
              <VisibleText text={view.title} />
            </h2>
            {view.status === "pending" && (
              <p className={styles.deadline} data-urgency={urgency(left)}>
                <time title={view.paused_since ? undefined : fullTime(view.expires_at)}>
                  {left > 0 ? `${timeLeft(left)} left` : "Time is up"}
                </time>
                {view.paused_since
                  ? ` · time stands still since ${clockTime(view.paused_since)}: somebody stopped this. What is approved waits until the freeze is lifted`
                  : ` · at ${clockTime(view.expires_at)} it expires, and nothing runs`}
              </p>
            )}
          </header>
          {changed && view.status === "pending" && (
            <p className={styles.changed} role="status" data-testid="changed">
              The policy or the content changed since you opened this. Read it again before you decide.
            </p>
          )}
          <div className={styles.pair}>
            <Risk view={view} />
            <Section title="Why it asks" aside={ruleWords(view.rule)}>
              <ul className={styles.reasons}>
                {view.reasons.map((reason) => (
                  <li key={reason}>
                    <VisibleText text={reason} />
                  </li>
                ))}
              </ul>
              {view.guardrails && view.guardrails.length > 0 && (
                <ul className={styles.reasons} data-testid="guardrails">
                  {view.guardrails.map((guardrail) => (
                    <li key={guardrail.id}>
                      Guardrail <code>{guardrail.id}</code>: <VisibleText text={guardrail.reason} />
                      {guardrail.instead && (
                        <>
                          {" "}
                          Instead: <VisibleText text={guardrail.instead} />
                        </>
                      )}
                    </li>
                  ))}
                </ul>
              )}
              <p className={styles.policy}>Policy: {view.policy}</p>
            </Section>
          </div>
          {view.edited_from && (
            <p className={styles.note}>
              A person changed this request.{" "}
              <button type="button" className={styles.link} onClick={() => goTo(view.edited_from ?? null)}>
                See what was asked first
              </button>
            </p>
          )}
          <WhatRuns reading={reading} digest={view.digest} segments={view.segments} factors={view.factors} />
          <Reach view={view} material={reading.material} />
          <div ref={end} data-testid="material-end" />
          <Precedents view={view} online={console?.online === true} />
          <Claims claims={view.claims} />
          <People view={view} user={user} />
          <Discussion view={view} console={console} command={reading.material.command} />
        </div>
      </div>
      <footer className={decide.foot}>
        <HeldBack approvalId={view.id} />
        <Told outcome={decision.outcome} unsent={unsent} />
        {view.status === "pending" && console ? (
          <DecisionBar
            key={view.digest + view.policy_hash}
            view={view}
            console={console}
            reading={reading}
            now={now}
            seen={seen}
            onShowAll={() => end.current?.scrollIntoView({ block: "end" })}
            controls={controls}
            onDeciding={onDeciding}
            unsent={unsent}
            decision={decision}
          />
        ) : (
          <Ended view={view} user={user} />
        )}
      </footer>
    </section>
  );
}
