/** The rule that a proposal would put in force, read from what the proposal keeps. */
import { Terms } from "./Terms";
import { t } from "./texts";

interface Kept {
  days: number;
  rule: Record<string, unknown>;
}

const isKept = (request: unknown): request is Kept =>
  typeof request === "object" && request !== null && "days" in request && typeof request.days === "number" && "rule" in request && typeof request.rule === "object" && request.rule !== null;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const words = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

/** What must be like, as the list of rules shows it. */
function whatOf(rule: Record<string, unknown>): string {
  if (rule["like"] === "same_program") return `${words(rule["words"]).join(" ")} …`;
  return rule["like"] === "same_path" ? `${words(rule["folder"]).join("/")}/` : text(rule["shown"]);
}

/** Its heading; empty when the proposal cannot be read. */
export const ruleTitle = (request: unknown): string => (isKept(request) ? t("rule_title", { what: whatOf(request.rule) }) : "");

export function ProposedRule({ request }: { request: unknown }) {
  if (!isKept(request)) return null;
  const { rule, days } = request;
  const facts = typeof rule["facts"] === "object" && rule["facts"] !== null ? Object.keys(rule["facts"]) : [];
  return (
    <>
      <Terms
        terms={{
          user: text(rule["user"]),
          agent: text(rule["agent"]),
          action_type: text(rule["action_type"]),
          repo: text(rule["repo"]),
          environment: text(rule["environment"]),
          what: whatOf(rule),
          facts,
          rule: text(rule["rule"]),
          level: text(rule["level"]),
          lasts: t("rule_days", { count: days }),
        }}
      />
      <a href={`#/approvals/${encodeURIComponent(text(rule["approval_id"]))}`}>{t("rule_from")}</a>
    </>
  );
}
