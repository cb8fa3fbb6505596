/** Words of the detail. */
import { words } from "../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("detail", { en, de });
