/** Words of what an action reaches. */
import { words } from "../../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("reach", { en, de });
