import { beforeEach, describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { sentenceWords } from "./found.de";

/** As the console and the reader of bundles say them. */
const SAID: [string, string][] = [
  ["The vote's signature does not verify", "Die Unterschrift der Stimme stimmt nicht"],
  ["A vote by device d-1, which was never enrolled", "Eine Stimme des Geräts d-1, das nie angemeldet wurde"],
  ["A vote for a request that was never made", "Eine Stimme zu einer Anfrage, die es nie gab"],
  ["Its instant 9 lies before 10, that of entry 5", "Sein Zeitpunkt 9 liegt vor 10, dem von Eintrag 5"],
  ["The newest checkpoint is of another ledger: navi/evil", "Der Stand gehört zu einem anderen Protokoll: navi/evil"],
  ["It ran by a bypass outside its time", "Es lief unter einer Umgehung außerhalb ihrer Zeit"],
  ["It begins a bypass that is longer than its 15 minutes", "Er beginnt eine Umgehung, die länger ist als ihre 15 Minuten"],
  ["Size 12 does not extend size 10 (a fork)", "12 Einträge setzen die 10 von vorher nicht fort (eine Gabelung)"],
  ["Entry 7 was changed: its leaf does not match its leaf hash", "Eintrag 7 wurde verändert: Sein Blatt passt nicht zu seinem Hash"],
  ["The log was rolled back: it had 900 entries, the bundle has 600", "Das Protokoll wurde zurückgedreht: Es hatte 900 Einträge, das Bündel hat 600"],
  ["Entries 4 to 7 do not match the subtree hash recorded after them: one of them was changed, or that hash, which is not signed", "Die Einträge 4 bis 7 passen nicht zum Hash des Teilbaums, der nach ihnen steht: Einer von ihnen wurde verändert oder dieser Hash, der nicht unterschrieben ist"],
];

describe("what a verification found, in German", () => {
  beforeEach(() => prefer({ language: "de" }));

  it.each(SAID)("%s", (english, german) => {
    expect(sentenceWords(english)).toBe(german);
  });

  it("says a sentence inside another one too", () => {
    expect(sentenceWords("Entry 9 is refused: it ran by a bypass that never began")).toBe("Eintrag 9 hält nicht stand: Es lief unter einer Umgehung, die nie begann");
  });

  it("leaves what it does not know as it came", () => {
    expect(sentenceWords("Something new")).toBe("Something new");
  });
});
