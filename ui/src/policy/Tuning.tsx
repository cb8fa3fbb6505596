/** What to change about a rule that asks often. It comes with a link from Insight. */
import { Alert } from "@mui/material";
import { ruleWords } from "../shell/words";
import { chosenKeys } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import { t } from "./tuning.texts";

/** What moves a rule: a control of this sheet, or another sheet. */
const MOVED_BY: Record<string, { by: "threshold" | "lists" | "guardrails" | "risk" | "catalogue"; href?: string }> = {
  above_threshold: { by: "threshold" },
  below_threshold: { by: "threshold" },
  require_approval_list: { by: "lists" },
  auto_allowed_list: { by: "lists" },
  blocked_list: { by: "lists" },
  guardrail: { by: "guardrails", href: "#/policy/guardrails" },
  critical: { by: "risk", href: "#/policy/risk" },
  sensitive_fact: { by: "risk", href: "#/policy/risk" },
  grave_fact: { by: "risk", href: "#/policy/risk" },
  unknown_action_type: { by: "catalogue", href: "#/policy/catalogue" },
};

export function Tuning({ query }: { query: string }) {
  const rule = new URLSearchParams(query).get("rule") ?? "";
  if (rule === "") return null;
  const moved = Object.hasOwn(MOVED_BY, rule) ? MOVED_BY[rule] : undefined;
  const caught = `#/record?${new URLSearchParams({ kind: "decision", rule }).toString()}`;
  return (
    <Alert severity="info" variant="outlined" data-testid="tuning">
      <strong>
        <VisibleText text={t("rule", { rule: ruleWords(rule) })} />
      </strong>{" "}
      {moved ? t(moved.by) : t("nothing")} {moved?.href !== undefined && <a href={moved.href}>{t("there")}</a>}{" "}
      {moved && moved.href === undefined && t("preview", { key: chosenKeys("p") })} <a href={caught}>{t("caught")}</a>
    </Alert>
  );
}
