/** Words for the stable names the server uses. An unknown name is shown as it came. */

const RULES: Record<string, string> = {
  unknown_action_type: "unknown action",
  critical: "critical risk",
  require_approval_list: "always asks",
  sensitive_fact: "sensitive",
  above_threshold: "above threshold",
  oversight_protected: "oversight protected",
};

const STATUSES: Record<string, string> = {
  pending: "Waiting",
  approved: "Approved",
  rejected: "Rejected",
  expired: "Expired",
  superseded: "Replaced",
  cancelled: "Withdrawn",
};

const SURFACES: Record<string, string> = {
  notification: "from a notification",
  tray: "from the tray",
  window: "in the console",
  web: "on the web page",
  terminal: "in a terminal",
};

export const ruleWords = (rule: string): string => RULES[rule] ?? rule;
export const statusWords = (status: string): string => STATUSES[status] ?? status;
export const surfaceWords = (surface: string): string => SURFACES[surface] ?? surface;

/** A score of 0.000–1.000 with its three digits. */
export const score = (value: number): string => value.toFixed(3);

/** Thousandths as a score. */
export const thousandths = (value: number): string => score(value / 1000);

/** A fact's kind in words. */
export function factWords(kind: string): string {
  return kind.replaceAll("_", " ");
}
