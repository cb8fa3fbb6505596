/** Looser settings that wait for a second person. Nobody accepts their own. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import { ruleTitle } from "../allow/ProposedRule";
import { asApiError, explain } from "../api/problem";
import { Waiting } from "../shell/Failure";
import { useConsoleState } from "../state/console";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { language } from "../words/words";
import type { ProposalView } from "./calls";
import { Proposed } from "./Proposed";
import { Lock } from "./Lock";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { sourceWords } from "./lines";
import { t } from "./texts";
import { useCalls, useProposals, useReadAgain, type Access } from "./usePolicy";

export function Proposals({ access }: { access: Access }) {
  const proposals = useProposals(true);
  const [said, setSaid] = useState<{ severity: "success" | "warning"; text: string } | null>(null);
  return (
    <div className={styles.page}>
      <h2>{t("sheet_proposals")}</h2>
      <p className={styles.meaning}>{t("proposals_what")}</p>
      <div role="status">{said && <Alert severity={said.severity} onClose={() => setSaid(null)} closeText={t("close")}>{said.text}</Alert>}</div>
      {proposals.isPending && <Waiting rows={3} />}
      {proposals.isError && <NotRead error={proposals.error} onRetry={() => void proposals.refetch()} roles={["admin"]} />}
      {proposals.data?.length === 0 && <p className={styles.quiet}>{t("proposals_empty")}</p>}
      <ul className={styles.cards}>
        {proposals.data?.map((proposal) => (
          <li key={proposal.id}>
            <Card proposal={proposal} access={access} onSaid={setSaid} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface CardProps {
  proposal: ProposalView;
  access: Access;
  onSaid: (said: { severity: "success" | "warning"; text: string }) => void;
}

/** What the proposer said, wherever the kind of proposal keeps it. */
function reasonOf({ request }: ProposalView): string {
  const all = request as Record<string, unknown>;
  for (const part of [all, all["policy"], all["risk"], all["text"]]) {
    const reason = typeof part === "object" && part !== null ? (part as Record<string, unknown>)["reason"] : undefined;
    if (typeof reason === "string" && reason !== "") return reason;
  }
  return "";
}

/** Of `risk settings of repo:shop`: whose they are. */
function riskScopeWords(about: string): string {
  const scope = about.replace(/^risk settings of /, "");
  return scope === "default" ? t("scope_default") : scope.replace(/^(repo|user):/, "");
}

function titleOf({ kind, about, request }: ProposalView): string {
  switch (kind) {
    case "policy":
      return t("editor", { scope: sourceWords(about) });
    case "guardrails":
    case "catalogue":
      return t(`sheet_${kind}`);
    case "org_settings":
      return t("sheet_approving");
    case "risk_settings":
      return t("risk_title", { scope: riskScopeWords(about) });
    case "erasure":
      return t("erasure_title", { entries: /^what entries (.+) said$/.exec(about)?.[1] ?? about });
    default:
      return (kind === "allow_rule" && ruleTitle(request)) || sourceWords(about);
  }
}

function Card({ proposal, access, onSaid }: CardProps) {
  const calls = useCalls();
  const readAgain = useReadAgain();
  const me = useConsoleState().data?.user;
  const [working, setWorking] = useState(false);
  const own = proposal.proposed_by === me;
  const decide = async (decision: "accept" | "refuse") => {
    setWorking(true);
    try {
      await calls.decide(proposal.id, decision);
      onSaid({ severity: "success", text: decision === "accept" ? t("accepted") : own ? t("withdrawn") : t("refused") });
    } catch (thrown) {
      const { code, message } = asApiError(thrown);
      const words = code === "version_conflict" ? t("outdated") : code === "already_decided" ? t("decided_before") : code === "forbidden" && language() === "en" ? message : explain(code, message);
      onSaid({ severity: "warning", text: words });
    } finally {
      setWorking(false);
      void readAgain();
    }
  };
  const reason = reasonOf(proposal);
  const title = titleOf(proposal);
  return (
    <article className={styles.card} aria-label={title}>
      <h3>
        <VisibleText text={title} />
      </h3>
      <p className={styles.quiet}>
        <Say text={t("proposed_by", { at: fullTime(proposal.created_at) })} parts={{ who: <VisibleText text={proposal.proposed_by} /> }} />
      </p>
      {reason !== "" && (
        <p className={styles.reason}>
          <VisibleText text={reason} />
        </p>
      )}
      <Proposed proposal={proposal} />
      {own && (
        <p className={styles.lockNote}>
          <Lock /> {t("own_proposal")}
        </p>
      )}
      <div className={styles.actions}>
        <Button variant="outlined" disabled={!access.edits || working} onClick={() => void decide("refuse")}>
          {own ? t("withdraw") : t("refuse")}
        </Button>
        {!own && (
          <Button variant="contained" disabled={!access.edits || working} onClick={() => void decide("accept")}>
            {t("accept")}
          </Button>
        )}
      </div>
    </article>
  );
}
