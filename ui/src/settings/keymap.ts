/** Keys that can be given to other commands: which there are, and which a person may choose. Pure. */

/** Own keys of the commands that have a single one, in the order they are shown. The words are the settings' own. */
export const OWN_KEYS = ["j", "k", "a", "r", "R", "s", "m", "c", "x", "X", "z", "n", "b", "f", "d", "w", "p", "v", "e", "[", "]", "/", ".", "?"] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

/** Why a key cannot be chosen. `g` begins the ways between screens. */
export type KeyFault = "taken" | "prefix" | "not_a_key";

/** What is wrong with giving `chosen` to the command whose own key is `own`. */
export function keyFault(own: OwnKey, chosen: string, keys: Readonly<Record<string, string>>): KeyFault | null {
  if (!/^[!-~]$/.test(chosen)) return "not_a_key";
  if (chosen === "g") return "prefix";
  const others = OWN_KEYS.filter((other) => other !== own);
  return others.some((other) => (keys[other] ?? other) === chosen) ? "taken" : null;
}

/** The choices with one more; a command that has its own key again is no choice. */
export function withKey(own: OwnKey, chosen: string, keys: Readonly<Record<string, string>>): Record<string, string> {
  const rest = Object.fromEntries(Object.entries(keys).filter(([name]) => name !== own));
  return chosen === own ? rest : { ...rest, [own]: chosen };
}
