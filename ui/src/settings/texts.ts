/** Words of the settings. */
import { words } from "../words/words";
import type { OwnKey } from "./keymap";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("settings", { en, de });

const commands: Record<OwnKey, Parameters<typeof t>[0]> = {
  j: "do_next", k: "do_previous", a: "do_approve", r: "do_reject", R: "do_reject_pause", s: "do_snooze", m: "do_claim", c: "do_ask", x: "do_select", X: "do_select_range", z: "do_undo",
  n: "do_risky", b: "do_risky_back", f: "do_unseen", d: "do_columns", w: "do_space", p: "do_preview", v: "do_verify", e: "do_export", "[": "do_earlier", "]": "do_later", "/": "do_search", ".": "do_more", "?": "do_help",
};

/** What the command with this key of its own does. */
export const keyWords = (own: OwnKey): string => t(commands[own]);

const classes = { desktop: "class_desktop", terminal: "class_terminal", web: "class_web" } as const;

/** A device's class; an unknown one as it came. */
export const classWords = (name: string): string =>
  Object.hasOwn(classes, name) ? t(classes[name as keyof typeof classes]) : name;
