/** What verifications say, in German. The console writes these sentences itself, in English; one that this file does not know stays as it came. */
import { language } from "../words/words";

const N = String.raw`(\d+)`;

/** English pattern, German text; `$1` … are the numbers and names in between. */
const SENTENCES: [string, string][] = [
  [`The checkpoint over ${N} entries is signed by the pinned key (.+)`, "Der Stand über $1 Einträge ist mit dem festgehaltenen Schlüssel $2 unterschrieben"],
  [`The checkpoint over ${N} entries is signed by (.+)`, "Der Stand über $1 Einträge ist mit $2 unterschrieben"],
  [`All ${N} leaf hashes kept here have the signed root (.+)`, "Alle $1 Blatt-Hashes, die hier aufbewahrt sind, haben die unterschriebene Wurzel $2"],
  ["Every entry hashes into the signed root (.+)", "Jeder Eintrag führt mit seinem Hash zur unterschriebenen Wurzel $1"],
  [`The hashes of the newest ${N} entries are not here yet`, "Die Hashes der neuesten $1 Einträge sind noch nicht hier"],
  [`${N} other witnesses stand behind the first ${N} entries`, "$1 andere Zeugen stehen hinter den ersten $2 Einträgen"],
  [`${N} entries are kept whole; each hashes to its leaf, and instants never go back`, "$1 Einträge sind ganz aufbewahrt; jeder passt zu seinem Blatt, und die Zeit läuft nie zurück"],
  [`Of ${N} entries outside the window only the hashes are here`, "Von $1 Einträgen außerhalb des Fensters sind nur die Hashes hier"],
  [`${N} entries are left out and only hashes here; nothing is said of what stands in them`, "$1 Einträge fehlen, nur ihre Hashes sind da; darüber, was in ihnen steht, ist nichts gesagt"],
  [`${N} payloads are the ones that were committed to; none is absent`, "$1 Inhalte sind die, auf die sich die Blätter festlegten; keiner fehlt"],
  [`${N} payloads are the ones that were committed to; ${N} were erased, as later entries say`, "$1 Inhalte sind die, auf die sich die Blätter festlegten; $2 wurden gelöscht, wie spätere Einträge sagen"],
  [`Entry ${N} erased the payloads of ${N} earlier entries; their leaves are unchanged`, "Eintrag $1 löschte die Inhalte von $2 früheren Einträgen; ihre Blätter sind unverändert"],
  ["1 vote carries a signature of an enrolled device, for the action it names", "1 Stimme trägt die Unterschrift eines angemeldeten Geräts, für die Aktion, die sie nennt"],
  [`${N} votes carry a signature of an enrolled device, for the action they name`, "$1 Stimmen tragen die Unterschrift eines angemeldeten Geräts, für die Aktion, die sie nennen"],
  [`${N} votes could not be checked: the entries that enrolled their devices are not here`, "$1 Stimmen ließen sich nicht prüfen: Die Einträge, die ihre Geräte anmeldeten, sind nicht hier"],
  [`${N} votes are for requests whose entries are not here`, "$1 Stimmen gelten Anfragen, deren Einträge nicht hier sind"],
  [`It holds ${N} entries more than this console saw, which was told nothing of those`, "Sie enthält $1 Einträge mehr, als diese Konsole sah; von denen weiß sie nichts"],
  ["It agrees with what this console saw of the ledger itself", "Sie stimmt mit dem überein, was diese Konsole selbst vom Protokoll sah"],
  ["It is signed, and is not the ledger that this console saw \\(a fork\\)", "Sie ist unterschrieben und nicht das Protokoll, das diese Konsole sah (eine Gabelung)"],
  ["The leaf hashes kept here do not have the signed root", "Die hier aufbewahrten Blatt-Hashes haben nicht die unterschriebene Wurzel"],
  ["The first entries kept here do not have the root that witnesses cosigned", "Die ersten Einträge hier haben nicht die Wurzel, die Zeugen gegenzeichneten"],
  ["Leaf hashes are missing here", "Hier fehlen Blatt-Hashes"],
  ["Leaf hashes kept here were changed", "Hier aufbewahrte Blatt-Hashes wurden verändert"],
  ["It was changed: its leaf does not match its leaf hash", "Er wurde verändert: Sein Blatt passt nicht zu seinem Hash"],
  ["What is shown of it is not what its leaf says", "Was von ihm gezeigt wird, ist nicht, was sein Blatt sagt"],
  ["Its payload is not the one recorded", "Sein Inhalt ist nicht der aufgezeichnete"],
  ["Its leaf hash is missing here", "Sein Blatt-Hash fehlt hier"],
  ["The payload is absent, and no later entry says that it was erased", "Sein Inhalt fehlt, und kein späterer Eintrag sagt, dass er gelöscht wurde"],
  ["The file cannot be read: (.+)", "Die Datei ist nicht zu lesen: $1"],
  ["It cannot be read: (.+)", "Er ist nicht zu lesen: $1"],
  ["(?:Its|The) leaf is not JSON: (.+)", "Sein Blatt ist kein JSON: $1"],
  ["The payload is not JSON: (.+)", "Sein Inhalt ist kein JSON: $1"],
  [`Its instant (-?\\d+) lies before (-?\\d+), that of entry ${N}`, "Sein Zeitpunkt $1 liegt vor $2, dem von Eintrag $3"],
  ["It erases, and does not say what", "Er löscht und sagt nicht, was"],
  ["The pinned key is unreadable: (.+)", "Der festgehaltene Schlüssel ist nicht zu lesen: $1"],
  ["The key: (.+)", "Der Schlüssel: $1"],
  ["The (?:newest |cosigned )?checkpoint is not signed by the pinned key: (.+)", "Der Stand ist nicht mit dem festgehaltenen Schlüssel unterschrieben: $1"],
  ["The (?:newest |cosigned )?checkpoint is of another ledger: (.+)", "Der Stand gehört zu einem anderen Protokoll: $1"],

  // What the server showed against what was seen before.
  [`The ledger went back from size ${N} to ${N}`, "Das Protokoll ging von $1 auf $2 Einträge zurück"],
  [`Size ${N} does not extend size ${N} \\(a fork\\)`, "$1 Einträge setzen die $2 von vorher nicht fort (eine Gabelung)"],
  [`Two different ledgers of size ${N} are signed \\(a fork\\)`, "Zwei verschiedene Protokolle mit $1 Einträgen sind unterschrieben (eine Gabelung)"],
  [`What witnesses cosigned at size ${N} is another ledger \\(a fork\\)`, "Was Zeugen bei $1 Einträgen gegenzeichneten, ist ein anderes Protokoll (eine Gabelung)"],
  [`Entry ${N} is missing at the server`, "Eintrag $1 fehlt beim Server"],
  [`Entry ${N} is missing at the server; it goes on with ${N}`, "Eintrag $1 fehlt beim Server; dort geht es mit $2 weiter"],
  [`Entry ${N} at the server is not the one that was signed`, "Eintrag $1 beim Server ist nicht der, der unterschrieben wurde"],
  [`What entry ${N} at the server says is not what it committed to`, "Was Eintrag $1 beim Server sagt, ist nicht, worauf er sich festlegte"],

  // Votes.
  ["A vote by device (\\S+), which was never enrolled", "Eine Stimme des Geräts $1, das nie angemeldet wurde"],
  ["A vote by device (\\S+), which was enrolled later", "Eine Stimme des Geräts $1, das erst später angemeldet wurde"],
  ["A vote by device (\\S+) counted after it was revoked", "Eine Stimme des Geräts $1 zählte, nachdem es widerrufen war"],
  ["The vote's signature does not verify", "Die Unterschrift der Stimme stimmt nicht"],
  ["A vote for a request that was never made", "Eine Stimme zu einer Anfrage, die es nie gab"],
  ["The vote is for another action than was asked for", "Die Stimme gilt einer anderen Aktion als der angefragten"],
  ["The vote is for another action than the entry says", "Die Stimme gilt einer anderen Aktion, als der Eintrag sagt"],
  ["The vote is for another approval than the entry says", "Die Stimme gilt einer anderen Anfrage, als der Eintrag sagt"],
  ["The vote is not a vote statement", "Die Stimme ist keine Stimme"],
  ["The vote has no (\\w+)", "Der Stimme fehlt: $1"],
  ["The vote's (\\w+) is not base64", "In der Stimme ist nicht zu lesen: $1"],

  // Bypasses.
  ["Its bypass cannot be read: (.+)", "Seine Umgehung ist nicht zu lesen: $1"],
  ["It speaks of another bypass than its payload", "Er spricht von einer anderen Umgehung als sein Inhalt"],
  ["It ran by a bypass that it does not name", "Es lief unter einer Umgehung, die er nicht nennt"],
  ["It ran by a bypass, and no entry of that bypass says so", "Es lief unter einer Umgehung, und kein Eintrag dieser Umgehung sagt es"],
  ["It begins a bypass without an end", "Er beginnt eine Umgehung ohne Ende"],
  ["It begins a bypass that began before", "Er beginnt eine Umgehung, die schon begonnen hat"],
  [`It begins a bypass that is longer than its ${N} minutes`, "Er beginnt eine Umgehung, die länger ist als ihre $1 Minuten"],
  ["It ends a bypass by its time before that time was up", "Er beendet eine Umgehung wegen ihrer Zeit, bevor die um war"],
  ["It ends a bypass later than it could last", "Er beendet eine Umgehung später, als sie dauern konnte"],
  ["The bypass is not the one that was signed for", "Die Umgehung ist nicht die, für die unterschrieben wurde"],
  ["An envelope begins no bypass at the server", "Ein Umschlag beginnt keine Umgehung am Server"],
  ["The review is not signed by another person than the two of its beginning", "Die Prüfung ist nicht von jemand anderem unterschrieben als den beiden vom Anfang"],
  ["The review came before the bypass ended", "Die Prüfung kam, bevor die Umgehung endete"],
  ["It begins another bypass than was asked for", "Er beginnt eine andere Umgehung als die erbetene"],
  ["It begins a bypass that is not in force", "Er beginnt eine Umgehung, die nicht gilt"],
  ["The bypass lasts longer than what was signed for", "Die Umgehung dauert länger, als unterschrieben wurde"],
  ["It is not signed by who confirmed it, or went on alone", "Er ist nicht von der Person unterschrieben, die bestätigte oder allein weitermachte"],
  ["It ran by a bypass that never began", "Es lief unter einer Umgehung, die nie begann"],
  ["It ran by a bypass outside its time", "Es lief unter einer Umgehung außerhalb ihrer Zeit"],
  ["It ran by a bypass that had been ended", "Es lief unter einer Umgehung, die schon beendet war"],
  ["It says that something ran, and no decision says what", "Er sagt, dass etwas lief, und keine Entscheidung sagt, was"],
  ["The decision rested on another bypass", "Die Entscheidung beruhte auf einer anderen Umgehung"],
  ["A bypass lifts what asks, and nothing else", "Eine Umgehung hebt auf, was fragt, und nichts anderes"],
  ["It ran outside the scope of its bypass", "Es lief außerhalb des Bereichs seiner Umgehung"],
  ["It holds no signed statement", "Er enthält keine unterschriebene Aussage"],
  ["It was signed by another device than the entry says", "Er ist von einem anderen Gerät unterschrieben, als er sagt"],
  ["It was signed by a device that was never enrolled", "Er ist von einem Gerät unterschrieben, das nie angemeldet wurde"],
  ["It was signed by a device that had been revoked", "Er ist von einem Gerät unterschrieben, das schon widerrufen war"],
  ["Its statement does not verify", "Seine Aussage stimmt nicht mit ihrer Unterschrift überein"],
  ["Its statement was not signed with the step-up key", "Seine Aussage ist nicht mit dem zweiten Schlüssel unterschrieben"],

  // Bundles.
  ["The head of the bundle is broken: (.+)", "Der Kopf des Bündels ist beschädigt: $1"],
  ["The checkpoint is not signed by (.+), the key that the bundle names", "Der Stand ist nicht mit $1 unterschrieben, dem Schlüssel, den das Bündel nennt"],
  ["The log is signed by another key: expected (.+), found (.+)", "Das Protokoll ist mit einem anderen Schlüssel unterschrieben: erwartet $1, gefunden $2"],
  ["This is another log: expected (.+), found (.+)", "Das ist ein anderes Protokoll: erwartet $1, gefunden $2"],
  [`The log was rolled back: it had ${N} entries, the bundle has ${N}`, "Das Protokoll wurde zurückgedreht: Es hatte $1 Einträge, das Bündel hat $2"],
  [`The log was rewritten: its first ${N} entries do not have the root of the pinned checkpoint`, "Das Protokoll wurde umgeschrieben: Seine ersten $1 Einträge haben nicht die Wurzel des festgehaltenen Stands"],
  [`The log was rewritten: its first ${N} entries do not have the root that was cosigned`, "Das Protokoll wurde umgeschrieben: Seine ersten $1 Einträge haben nicht die gegengezeichnete Wurzel"],
  [`The log was rewritten: its first ${N} entries do not have the root under which its key changed`, "Das Protokoll wurde umgeschrieben: Seine ersten $1 Einträge haben nicht die Wurzel, unter der sein Schlüssel wechselte"],
  [`Entry ${N} cannot be read: (.+)`, "Eintrag $1 ist nicht zu lesen: $2"],
  [`Entry ${N} is not in its place: entry ${N} stands there`, "Eintrag $1 ist nicht an seinem Platz: Dort steht Eintrag $2"],
  [`Entry ${N} is missing: the checkpoint has ${N} entries`, "Eintrag $1 fehlt: Der Stand hat $2 Einträge"],
  [`Entry ${N} is too many: the checkpoint has only ${N} entries`, "Eintrag $1 ist zu viel: Der Stand hat nur $2 Einträge"],
  [`Entry ${N} was changed: its leaf does not match its leaf hash`, "Eintrag $1 wurde verändert: Sein Blatt passt nicht zu seinem Hash"],
  [`The payload of entry ${N} is not the one recorded: (.+)`, "Der Inhalt von Eintrag $1 ist nicht der aufgezeichnete: $2"],
  [`Entry ${N} is refused: (.+)`, "Eintrag $1 hält nicht stand: $2"],
  [`Entries ${N} to ${N} do not match the subtree hash recorded after them: one of them was changed, or that hash, which is not signed`, "Die Einträge $1 bis $2 passen nicht zum Hash des Teilbaums, der nach ihnen steht: Einer von ihnen wurde verändert oder dieser Hash, der nicht unterschrieben ist"],
  [`The subtree hash after entries ${N} to ${N} is missing or damaged: (.+)`, "Der Hash des Teilbaums nach den Einträgen $1 bis $2 fehlt oder ist beschädigt: $3"],
  [`The frame with entries ${N} to ${N} is broken: (.+)`, "Der Rahmen mit den Einträgen $1 bis $2 ist beschädigt: $3"],
  [`The entries do not have the signed root\\. Every leaf hash .+ it may be any of the ${N}`, "Die Einträge haben nicht die unterschriebene Wurzel. Jeder Hash im Bündel passt zu den Einträgen, aber die Hashes sind nicht unterschrieben: Wer einen Eintrag änderte, schrieb auch sie um. Es kann jeder der $1 Einträge sein"],
  ["All entries are whole, but the rest of the bundle is broken: (.+)", "Alle Einträge sind ganz, aber der Rest des Bündels ist beschädigt: $1"],
  ["The bundle cannot be read", "Das Bündel ist nicht zu lesen"],
];

// A sentence inside another one begins with a small letter.
const PATTERNS = SENTENCES.map(([en, de]) => [new RegExp(`^${en}$`, "i"), de] as const);

/** A sentence of a verification in the chosen language, and the sentences inside it. */
export function sentenceWords(sentence: string): string {
  if (language() !== "de") return sentence;
  for (const [pattern, de] of PATTERNS) {
    const found = pattern.exec(sentence);
    if (found) return de.replaceAll(/\$(\d)/g, (_, at: string) => sentenceWords(found[Number(at)] ?? ""));
  }
  return sentence;
}
