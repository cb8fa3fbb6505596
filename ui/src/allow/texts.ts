/** Words of allow rules. */
import { words } from "../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("allow", { en, de });

/** Why no such rule can be made; a code that is not known is shown as it came. */
export function whyNot(code: string): string {
  const name = `unavailable_${code}`;
  return Object.hasOwn(en, name) ? t(name as Parameters<typeof t>[0]) : code;
}
