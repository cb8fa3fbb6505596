/** The parts of an action in words, where several are laid side by side. A part this version does not know keeps its name. */
import { t } from "./texts";

const NAMES = {
  action_type: "place_action",
  agent: "place_agent",
  args: "args",
  branch: "place_branch",
  command: "command",
  cwd: "place_cwd",
  diff: "part_diff",
  environment: "place_environment",
  files: "part_files",
  on_behalf_of: "place_behalf",
  org: "place_org",
  repo: "place_repo",
  session_id: "place_session",
  target_state: "place_target",
  tool: "place_tool",
} as const;

/** `args.env.PORT` as `Arguments.env.PORT`: what is below a known part is the agent's own naming. */
export function partWords(part: string): string {
  const [, name = "", below = ""] = /^(\w+)(.*)$/s.exec(part) ?? [];
  return Object.hasOwn(NAMES, name) ? t(NAMES[name as keyof typeof NAMES]) + below : part;
}
