/** Words of being on call. */
import { words } from "../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("oncall", { en, de });
