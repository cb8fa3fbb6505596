/** Which requests a query finds. Pure; the time is the server's. */
import { levelOf, rank, type ApprovalView } from "../api/types";
import { leftOf } from "../state/clock";
import { readQuery, type Compare, type Query, type Test, type TextField } from "./query";

type Fields = Record<string, unknown>;

const materialOf = ({ material }: ApprovalView): Fields =>
  (typeof material === "object" && material !== null ? material : {}) as Fields;

const word = (value: unknown): string => (typeof value === "string" ? value.toLowerCase() : "");

function filesOf(material: Fields): string {
  const files = material["files"];
  return Array.isArray(files) ? files.map((file: Fields | null) => word(file?.["path"])).join("\n") : "";
}

const FIELDS: Record<TextField, (view: ApprovalView) => string> = {
  agent: (view) => word(view.agent),
  person: (view) => view.requester.toLowerCase(),
  repo: (view) => word(materialOf(view)["repo"]),
  branch: (view) => word(materialOf(view)["branch"]),
  env: (view) => word(materialOf(view)["environment"]),
  rule: (view) => view.rule.toLowerCase(),
  action: (view) => word(materialOf(view)["action_type"]),
  tool: (view) => word(materialOf(view)["tool"]),
  file: (view) => filesOf(materialOf(view)),
  session: (view) => word(materialOf(view)["session_id"]),
};

const said = (view: ApprovalView): string => {
  const { repo, command } = materialOf(view);
  return [view.title.toLowerCase(), word(view.agent), view.requester.toLowerCase(), view.rule, view.level, word(repo), word(command)].join("\n");
};

function holds(compare: Compare, a: number, b: number): boolean {
  switch (compare) {
    case ">=":
      return a >= b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case "<":
      return a < b;
    case "=":
      return a === b;
  }
}

function passes(view: ApprovalView, test: Test, now: number): boolean {
  switch (test.kind) {
    case "text":
      return test.values.some((value) => said(view).includes(value));
    case "field": {
      const found = FIELDS[test.field](view);
      return test.values.some((value) => found.includes(value));
    }
    case "level":
      return test.values.some((level) => holds(test.compare, rank(levelOf(view.level)), rank(level)));
    case "age":
    case "left": {
      const span = test.kind === "age" ? now - view.created_at / 1000 : leftOf(view, now);
      // `age:10m` asks for that or more, `left:10m` for that or less: exactly ten minutes is never meant.
      const meant = test.kind === "age" ? ">=" : "<=";
      return holds(test.compare === "=" ? meant : test.compare, span, test.ms);
    }
  }
}

/** Those that pass every term of the query. */
export function search(list: ApprovalView[], query: string | Query, now = 0): ApprovalView[] {
  const { terms } = typeof query === "string" ? readQuery(query) : query;
  if (terms.length === 0) return list;
  return list.filter((view) => terms.every(({ not, test }) => passes(view, test, now) !== not));
}
