/** Words of who was told. */
import { words } from "../words/words";
import { de } from "./texts.de";
import { en } from "./texts.en";

export const t = words("told", { en, de });
