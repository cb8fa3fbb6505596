/**
 * Reads the digest's material for showing. What is not understood is a problem: then the action cannot be shown whole,
 * and Approve is absent (invariant 13).
 */
import { digestOfMaterial } from "../api/canonical";
import { t } from "./texts";

export interface FileChange {
  path: string;
  op: string;
  before?: string;
  after?: string;
}

export interface Material {
  action_type: string;
  org: string;
  on_behalf_of: string;
  agent?: string;
  session_id?: string;
  tool?: string;
  args?: unknown;
  command?: string;
  cwd?: string;
  files?: FileChange[];
  diff?: string;
  repo?: string;
  branch?: string;
  environment?: string;
  target_state?: unknown;
  salt?: string;
}

export interface Reading {
  material: Partial<Material>;
  /** Fields this version does not know, as they came. */
  unknown: [string, unknown][];
  /** Why the action cannot be shown whole; empty when it can. */
  problems: string[];
}

const NEEDED = ["org", "on_behalf_of", "action_type", "salt"] as const;
const TEXTS = new Set([
  ...NEEDED, "agent", "session_id", "tool", "command", "cwd", "diff", "repo", "branch", "environment",
]);
const FILE_FIELDS = new Set(["path", "op", "before", "after"]);
const FILE_OPS = new Set(["edit", "create", "delete", "read"]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isFile(value: unknown): value is FileChange {
  if (!isRecord(value) || Object.keys(value).some((k) => !FILE_FIELDS.has(k))) return false;
  const { path, op, before, after } = value;
  const hashes = [before, after].every((h) => h === undefined || typeof h === "string");
  return typeof path === "string" && typeof op === "string" && FILE_OPS.has(op) && hashes;
}

/** Reads a material against the digest the vote will be bound to. */
export function readMaterial(value: unknown, digest: string): Reading {
  if (!isRecord(value)) return { material: {}, unknown: [], problems: [t("bad_missing")] };
  const problems: string[] = [];
  const unknown: [string, unknown][] = [];
  const material: Record<string, unknown> = {};
  if (value["v"] !== 1) problems.push(t("bad_version"));
  for (const [name, field] of Object.entries(value)) {
    const known =
      name === "v" || name === "args" ||
      (TEXTS.has(name) && typeof field === "string") ||
      (name === "files" && Array.isArray(field) && field.every(isFile)) ||
      (name === "target_state" && isRecord(field));
    if (known) material[name] = field;
    else {
      unknown.push([name, field]);
      problems.push(t("bad_part", { name }));
    }
  }
  for (const name of NEEDED) if (!(name in value)) problems.push(t("bad_lacks", { name }));
  if (!("target_state" in value)) problems.push(t("bad_target"));
  if (digestOfMaterial(value) !== digest) {
    problems.push(t("bad_digest"));
  }
  return { material: material as Partial<Material>, unknown, problems };
}

/** What to type to confirm: the repository, environment, file or action, whichever is first and can be typed. */
export function targetName(material: Partial<Material>): string {
  const names = [material.repo, material.environment, material.files?.[0]?.path, material.action_type];
  return names.find((n) => n !== undefined && /^[\x21-\x7e]{1,60}$/.test(n)) ?? "approve";
}
