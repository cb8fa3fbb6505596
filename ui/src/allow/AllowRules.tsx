/** The allow rules in force, and their early end. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { useId, useState } from "react";
import { asApiError, explain } from "../api/problem";
import { NotRead } from "../policy/ReadOnly";
import policy from "../policy/policy.module.css";
import type { Access } from "../policy/usePolicy";
import { Waiting } from "../shell/Failure";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./allow.module.css";
import { useCalls, useChanged, useRules, type AllowRuleView } from "./calls";
import { Terms } from "./Terms";
import { t } from "./texts";

const shown = ({ like, what }: AllowRuleView): string => (like === "same_program" ? `${what} …` : like === "same_path" ? `${what}/` : what);

export function AllowRules({ access }: { access: Access }) {
  const rules = useRules();
  const calls = useCalls();
  const changed = useChanged();
  const [ending, setEnding] = useState<AllowRuleView | null>(null);
  const [said, setSaid] = useState<{ severity: "success" | "error"; text: string } | null>(null);
  const end = async (rule: AllowRuleView) => {
    setEnding(null);
    try {
      await calls.end(rule.id);
      setSaid({ severity: "success", text: t("ended") });
    } catch (thrown) {
      const { code, message } = asApiError(thrown);
      setSaid({ severity: "error", text: explain(code, message) });
    }
    void changed();
  };
  return (
    <div className={policy.page}>
      <h2>{t("rules")}</h2>
      <p className={policy.meaning}>{t("rules_what")}</p>
      <div role="status">{said && <Alert severity={said.severity} onClose={() => setSaid(null)} closeText={t("close")}>{said.text}</Alert>}</div>
      {rules.isPending && <Waiting rows={2} />}
      {rules.isError && <NotRead error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.data?.length === 0 && <p className={styles.quiet}>{t("rules_empty")}</p>}
      <ul className={policy.cards}>
        {rules.data?.map((rule) => (
          <li key={rule.id}>
            <article className={policy.card} aria-label={t("rule_title", { what: shown(rule) })}>
              <Terms terms={{ ...rule, what: shown(rule), lasts: t("rule_until", { at: fullTime(rule.expires_at) }) }} />
              <p className={styles.quiet}>
                {t("rule_by", { who: rule.proposed_by })} · <a href={`#/approvals/${encodeURIComponent(rule.approval_id)}`}>{t("rule_from")}</a>
              </p>
              <div className={policy.actions}>
                <Button variant="outlined" disabled={!access.edits} onClick={() => setEnding(rule)}>
                  {t("end")}
                </Button>
              </div>
            </article>
          </li>
        ))}
      </ul>
      {ending && <EndDialog rule={ending} onEnd={() => void end(ending)} onClose={() => setEnding(null)} />}
    </div>
  );
}

function EndDialog({ rule, onEnd, onClose }: { rule: AllowRuleView; onEnd: () => void; onClose: () => void }) {
  const title = useId();
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("end_title")}</DialogTitle>
      <DialogContent>
        <p>
          <VisibleText text={t("rule_title", { what: shown(rule) })} />
        </p>
        <p>{t("end_what")}</p>
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button variant="contained" data-testid="confirm-end" onClick={onEnd}>
          {t("end")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
