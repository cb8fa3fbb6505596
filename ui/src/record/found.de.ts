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
];

const PATTERNS = SENTENCES.map(([en, de]) => [new RegExp(`^${en}$`), de] as const);

/** A sentence of a verification in the chosen language. */
export function sentenceWords(sentence: string): string {
  if (language() !== "de") return sentence;
  const known = PATTERNS.find(([pattern]) => pattern.test(sentence));
  return known === undefined ? sentence : sentence.replace(known[0], known[1]);
}
