/** Words of the policy screen. */
import { words } from "../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("policy", { en, de });
