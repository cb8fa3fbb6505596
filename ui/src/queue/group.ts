/** Rows put together: similar requests, one agent's, one target's. Pure. */
import type { ApprovalView } from "../api/types";

export const GROUPINGS = ["similar", "agent", "target", "none"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** From so many similar requests on they stand under one heading. */
export const ALIKE = 3;

export interface Group {
  key: string;
  views: ApprovalView[];
}

export type Item = { kind: "group"; group: Group } | { kind: "row"; view: ApprovalView; group: string | null };

type Fields = Record<string, unknown>;

const materialOf = ({ material }: ApprovalView): Fields =>
  (typeof material === "object" && material !== null ? material : {}) as Fields;

/** What kind of thing is acted on, without its name: the program of a command, the kinds of file operations. */
function targetClass(material: Fields): unknown {
  const { command, files } = material;
  const program = typeof command === "string" ? (/^\s*(\S+)/.exec(command)?.[1] ?? "") : null;
  const ops = Array.isArray(files) ? [...new Set(files.map((file: Fields | null) => String(file?.["op"])))].toSorted() : null;
  return [program, ops, material["repo"] ?? null, material["environment"] ?? null, material["tool"] ?? null];
}

/** The same for requests that differ only in what a table can show: agent, person, action, rule and kind of target are one. */
export function likeness(view: ApprovalView): string {
  const material = materialOf(view);
  return JSON.stringify([view.agent ?? null, view.requester, material["action_type"] ?? null, view.rule, targetClass(material)]);
}

export function alike(views: ApprovalView[]): boolean {
  return new Set(views.map(likeness)).size <= 1;
}

const KEYS: Record<Exclude<Grouping, "none">, (view: ApprovalView) => string> = {
  similar: likeness,
  agent: (view) => JSON.stringify([view.agent ?? null, view.requester]),
  target: (view) => {
    const { repo, environment } = materialOf(view);
    return JSON.stringify([repo ?? null, environment ?? null]);
  },
};

/** Rows in their order, with headings; a group stands where its first row stood. The rows of a closed group are left out. */
export function itemsOf(rows: ApprovalView[], grouping: Grouping, closed: ReadonlySet<string>): Item[] {
  const alone = (view: ApprovalView): Item => ({ kind: "row", view, group: null });
  if (grouping === "none") return rows.map(alone);
  const keyOf = KEYS[grouping];
  const groups = new Map<string, ApprovalView[]>();
  for (const view of rows) {
    const key = keyOf(view);
    const known = groups.get(key);
    if (known) known.push(view);
    else groups.set(key, [view]);
  }
  const told = new Set<string>();
  return rows.flatMap((view): Item[] => {
    const key = keyOf(view);
    const views = groups.get(key) ?? [];
    if (grouping === "similar" && views.length < ALIKE) return [alone(view)];
    if (told.has(key)) return [];
    told.add(key);
    const heading: Item = { kind: "group", group: { key, views } };
    return closed.has(key) ? [heading] : [heading, ...views.map((one): Item => ({ kind: "row", view: one, group: key }))];
  });
}
