/** A request that waits and is not what was signed, or what it was when it was opened: both, side by side. */
import { useState } from "react";
import type { ApprovalView } from "../api/types";
import { signedView, useKept } from "../decide/decisions";
import { termsOf } from "../decide/terms";
import styles from "./detail.module.css";
import { SideBySide, type Before } from "./SideBySide";
import { t } from "./texts";

export function Changed({ view, user }: { view: ApprovalView; user: string | null }) {
  const [opened] = useState(view);
  const kept = useKept(user ?? "").find(({ approvalId }) => approvalId === view.id);
  if (view.status !== "pending") return null;
  const before: Before = kept
    ? { then: "signed", terms: kept.terms, view: signedView(view.id) }
    : { then: "opened", terms: termsOf(opened), view: opened };
  if (before.terms.digest === view.digest && before.terms.policyHash === view.policy_hash) return null;
  return (
    <div className={styles.changed} data-testid="changed">
      <p role="status">{t(kept ? "changed_signed" : "changed")}</p>
      <SideBySide before={before} now={view} />
    </div>
  );
}
