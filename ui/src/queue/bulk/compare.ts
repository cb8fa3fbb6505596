/** What several requests have in common and where they differ, part by part, with nothing left out. Pure. */
import type { ApprovalView } from "../../api/types";

export interface Comparison {
  /** Parts that are the same in all. */
  same: [part: string, value: string][];
  /** Parts that differ, each with one value a request; null: it has no such part. */
  differ: { part: string; values: (string | null)[] }[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** Random in every request, and no part of what happens. */
const NOT_SHOWN = new Set(["v", "salt"]);

function fileLine(file: unknown): string {
  if (!isFields(file)) return JSON.stringify(file);
  const { op, path, ...rest } = file;
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : "";
  return `${String(op)} ${String(path)}${more}`;
}

/** One step of a path. Two different paths are never spelled alike: `{"a.b": 1, "a": {"b": 2}}` are two parts. */
const step = (name: string): string => (/^[\w-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);

/** Every leaf of a material by its path. */
function partsOf(material: unknown): Map<string, string> {
  const parts = new Map<string, string>();
  const add = (path: string, value: unknown): void => {
    if (path === "files" && Array.isArray(value)) parts.set(path, value.map(fileLine).join("\n"));
    else if (isFields(value) && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) add(path + step(name), inner);
    } else parts.set(path, typeof value === "string" ? value : JSON.stringify(value));
  };
  if (!isFields(material)) return parts;
  for (const [name, value] of Object.entries(material)) if (!NOT_SHOWN.has(name)) add(name, value);
  return parts;
}

export function compare(views: ApprovalView[]): Comparison {
  const each = views.map(({ material }) => partsOf(material));
  const names = [...new Set(each.flatMap((parts) => [...parts.keys()]))];
  const comparison: Comparison = { same: [], differ: [] };
  for (const part of names) {
    const values = each.map((parts) => parts.get(part) ?? null);
    const [first] = values;
    if (first != null && values.every((value) => value === first)) comparison.same.push([part, first]);
    else comparison.differ.push({ part, values });
  }
  return comparison;
}
