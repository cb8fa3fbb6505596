/**
 * The queue's search: plain words match what the row says; `agent:`, `repo:`, `level:`, `rule:` and `person:` look at one
 * field, `level:>=high` compares. Pure.
 */
import { LEVELS, levelOf, rank, type ApprovalView } from "../api/types";

const field = (view: ApprovalView, name: string): string => {
  const material = (typeof view.material === "object" && view.material !== null ? view.material : {}) as Record<string, unknown>;
  const value = material[name];
  return typeof value === "string" ? value : "";
};

function matches(view: ApprovalView, term: string): boolean {
  const [, key = "", wanted = ""] = /^(agent|person|repo|env|rule|level|action):(.+)$/.exec(term) ?? [];
  switch (key) {
    case "agent":
      return (view.agent ?? "").toLowerCase().includes(wanted);
    case "person":
      return view.requester.toLowerCase().includes(wanted);
    case "repo":
      return field(view, "repo").toLowerCase().includes(wanted);
    case "env":
      return field(view, "environment").toLowerCase().includes(wanted);
    case "action":
      return field(view, "action_type").includes(wanted);
    case "rule":
      return view.rule.includes(wanted);
    case "level": {
      const atLeast = wanted.startsWith(">=");
      const level = LEVELS.find((l) => l === wanted.replace(/^>=/, ""));
      if (!level) return false;
      return atLeast ? rank(levelOf(view.level)) >= rank(level) : levelOf(view.level) === level;
    }
    default: {
      const said = [view.title, view.agent, view.requester, view.rule, view.level, field(view, "repo"), field(view, "command")];
      return said.some((text) => text?.toLowerCase().includes(term));
    }
  }
}

/** Those that match every term of the query. */
export function search(list: ApprovalView[], query: string): ApprovalView[] {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  return terms.length === 0 ? list : list.filter((view) => terms.every((term) => matches(view, term)));
}
