/** Words of the queue. */
import { words } from "../words/words";

export const t = words("queue", {
  en: {
    next: "Next request",
    previous: "Previous request",
    approve: "Approve the open request: opens its confirmation; low risk is approved at once",
    reject: "Reject the open request: opens the reason",
    search: "Search",
    back: "Back to the list",
  },
  de: {
    next: "Nächste Anfrage",
    previous: "Vorige Anfrage",
    approve: "Die offene Anfrage genehmigen: öffnet die Bestätigung; bei geringem Risiko sofort",
    reject: "Die offene Anfrage ablehnen: fragt nach dem Grund",
    search: "Suchen",
    back: "Zurück zur Liste",
  },
});
