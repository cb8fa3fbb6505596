/** Words of the record. */
import { words } from "../words/words";

export const t = words("record", {
  en: {
    next: "Next entry",
    previous: "Previous entry",
    verify: "Verify the record now",
    search: "Search",
    back: "Back to the list",
  },
  de: {
    next: "Nächster Eintrag",
    previous: "Voriger Eintrag",
    verify: "Das Protokoll jetzt prüfen",
    search: "Suchen",
    back: "Zurück zur Liste",
  },
});
