/** Who must decide, who has, and who can. */
import type { ApprovalView } from "../api/types";
import { surfaceWords } from "../shell/words";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Section } from "./Section";

export function People({ view, user }: { view: ApprovalView; user: string | null }) {
  const approvals = view.votes.filter((v) => v.verdict === "approve").length;
  const waiting = view.deciders.filter((name) => !view.votes.some((v) => v.user === name));
  return (
    <Section title="People" aside={`${approvals} of ${view.quorum} needed`}>
      <dl className={styles.place}>
        {view.claimed_by && (
          <div>
            <dt>Looks at it</dt>
            <dd data-testid="claimed-by">
              {view.claimed_by.user === user ? `${view.claimed_by.user} (you)` : view.claimed_by.user}
            </dd>
          </div>
        )}
        <div>
        <dt>Asked by</dt>
        <dd>
          {view.agent && (
            <>
              <VisibleText text={view.agent} /> for{" "}
            </>
          )}
          <VisibleText text={view.requester} />
          {view.requester === user && " (you: you cannot approve it)"}
        </dd>
        </div>
        {view.votes.map((vote) => (
          <Vote key={vote.user + vote.at} vote={vote} user={user} />
        ))}
        <div>
        <dt>Can decide</dt>
        <dd>{waiting.length > 0 ? waiting.map((name) => (name === user ? `${name} (you)` : name)).join(", ") : "nobody else"}</dd>
        </div>
      </dl>
    </Section>
  );
}

function Vote({ vote, user }: { vote: ApprovalView["votes"][number]; user: string | null }) {
  return (
    <div>
      <dt>{vote.verdict === "approve" ? "Approved" : "Rejected"}</dt>
      <dd>
        {vote.user === user ? `${vote.user} (you)` : vote.user}
        {vote.for_user && ` for ${vote.for_user}`}
        {vote.own_request && " (own request, by permission)"}, {fullTime(vote.at)}, {surfaceWords(vote.surface)}
        {vote.reason !== "" && (
          <>
            : “<VisibleText text={vote.reason} />”
          </>
        )}
      </dd>
    </div>
  );
}
