/**
 * Makes what hides in text visible: control and ANSI characters, zero-width and bidirectional characters, unusual
 * spaces, and words that mix look-alike scripts. Pure; `VisibleText` draws the result.
 */
import { t } from "./texts";

export type Segment = { kind: "text"; text: string } | { kind: "hidden"; code: string; what: Hidden };
export type Hidden = "direction" | "invisible" | "control" | "space" | "unknown";

// Line feed, tab and the plain space are drawn as themselves.
const HIDDEN =
  /(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/gu;
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

function what(character: string): Hidden {
  if (DIRECTION.test(character)) return "direction";
  if (/\p{Cc}/u.test(character)) return "control";
  if (/[\p{Zs}\p{Zl}\p{Zp}]/u.test(character)) return "space";
  return /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character) ? "invisible" : "unknown";
}

/** Splits text into what can be drawn as it is and what must be named. Joined again it is the whole text. */
export function segments(text: string): Segment[] {
  const out: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) out.push({ kind: "text", text: text.slice(from, match.index) });
    const point = match[0].codePointAt(0) ?? 0;
    out.push({ kind: "hidden", code: `U+${point.toString(16).toUpperCase().padStart(4, "0")}`, what: what(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ kind: "text", text: text.slice(from) });
  return out;
}

/** The text with every hidden character spelled as `<U+XXXX>`. */
export function spelled(text: string): string {
  return segments(text)
    .map((s) => (s.kind === "text" ? s.text : `<${s.code}>`))
    .join("");
}

/** Words that mix Latin with a script that has look-alikes. */
export function mixedScripts(text: string): string[] {
  const words = text.match(/[\p{L}\p{M}\p{N}._@-]+/gu) ?? [];
  const lookAlikes = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
  return [...new Set(words.filter((w) => /\p{Script=Latin}/u.test(w) && lookAlikes.test(w)))];
}

/** One warning sentence about a text, or null when nothing hides in it. */
export function warningAbout(text: string): string | null {
  const found = new Map<Hidden, number>();
  for (const s of segments(text)) if (s.kind === "hidden") found.set(s.what, (found.get(s.what) ?? 0) + 1);
  const parts = [...found].map(([kind, count]) => t(kind, { count }));
  const shown = parts.length > 0 ? ` ${t("spelled")}` : "";
  const mixed = mixedScripts(text);
  if (mixed.length > 0) parts.push(t("mixed", { words: mixed.map((word) => t("quoted", { text: word })).join(", ") }));
  return parts.length === 0 ? null : t("contains", { parts: parts.join(", ") }) + shown;
}
