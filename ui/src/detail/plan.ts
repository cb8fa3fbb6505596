/**
 * Reads the plan in a material's arguments, to show it as steps. Strict: one thing that is not understood, and it is no plan
 * here; it is shown as it came then. Pure.
 */

export interface Step {
  id: string;
  after: string[];
  actionType: string;
  command: string | null;
  tool: string | null;
  /** Arguments of the tool; undefined: none. */
  args: unknown;
  cwd: string;
  environment: string | null;
  /** Empty: not bounded. */
  files: string[];
  verify: string | null;
  rollback: "none" | "captured";
  retries: number;
  timeoutSecs: number;
}

export interface Plan {
  name: string;
  runs: number;
  minutes: number;
  steps: Step[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const only = (value: Fields, names: readonly string[]) => Object.keys(value).every((name) => names.includes(name));
const absent = (value: unknown) => value === undefined || value === null;

const STEP = ["id", "after", "action_type", "command", "tool", "args", "cwd", "environment", "files", "verify", "rollback", "retries", "timeout_secs"] as const;

export function readPlan(args: unknown): Plan | null {
  if (!isFields(args) || !only(args, ["name", "budget", "steps"])) return null;
  const { name, budget, steps } = args;
  if (!isText(name) || !isFields(budget) || !only(budget, ["runs", "minutes"]) || !Array.isArray(steps)) return null;
  const { runs, minutes } = budget;
  if (!isCount(runs) || !isCount(minutes)) return null;
  const read = steps.map(readStep);
  const known = read.filter((step) => step !== null);
  return known.length === read.length && known.length > 0 ? { name, runs, minutes, steps: known } : null;
}

function readStep(value: unknown): Step | null {
  if (!isFields(value) || !only(value, STEP)) return null;
  const { id, action_type: actionType, cwd, timeout_secs: timeoutSecs, args } = value;
  const { after = [], files = [], rollback = "none", retries = 0 } = value;
  if (!isText(id) || !isText(actionType) || !isText(cwd) || !isCount(timeoutSecs)) return null;
  if (!isTexts(after) || !isTexts(files) || !isCount(retries) || (rollback !== "none" && rollback !== "captured")) return null;
  const texts = [value["command"], value["tool"], value["environment"], value["verify"]];
  if (!texts.every((text) => absent(text) || isText(text))) return null;
  const [command = null, tool = null, environment = null, verify = null] = texts as (string | null | undefined)[];
  if ((command === null) === (tool === null)) return null;
  return { id, after, actionType, command, tool, args, cwd, environment, files, verify, rollback, retries, timeoutSecs };
}

/** Every text in a value, so that what hides in one is told: JSON spells control characters, and would hide them. */
export function textsOf(value: unknown): string[] {
  if (isText(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isFields(value) ? Object.entries(value).flatMap(([name, inner]) => [name, ...textsOf(inner)]) : [];
}
