/** Words of deciding. */
import { words } from "../words/words";

export const t = words("decide", {
  en: {
    undo: "Undo",
    undo_key: "Undo the approval that is not sent yet",
    held_here: "Approved, not sent yet.",
    held_elsewhere: "Approved, not sent yet: <title/>",
    held_note: "Nothing is signed before the time is over. If you close the window or quit before, it is dropped.",
    held_seconds_one: "{{count}} second",
    held_seconds_other: "{{count}} seconds",
    brake_many: "You approved {{count}} in {{seconds}} s. Take a breath: until this slows down, every approval is held for two seconds.",
    brake_unread: "You approved {{count}} in {{seconds}} s, each open for less than three seconds. Nobody can read that fast: until this slows down, every approval is held for two seconds.",
    type_target: "Type {{target}} to confirm",
    type_instead: "Or type {{target}} instead of holding",
  },
  de: {
    undo: "Rückgängig",
    undo_key: "Die noch nicht gesendete Genehmigung zurücknehmen",
    held_here: "Genehmigt, noch nicht gesendet.",
    held_elsewhere: "Genehmigt, noch nicht gesendet: <title/>",
    held_note: "Vor Ablauf der Zeit wird nichts signiert. Wer vorher das Fenster schließt oder beendet, verwirft sie.",
    held_seconds_one: "{{count}} Sekunde",
    held_seconds_other: "{{count}} Sekunden",
    brake_many: "Sie haben {{count}} in {{seconds}} s genehmigt. Kurz innehalten: Bis es langsamer wird, muss jede Genehmigung zwei Sekunden gehalten werden.",
    brake_unread: "Sie haben {{count}} in {{seconds}} s genehmigt, jede war weniger als drei Sekunden offen. So schnell liest niemand: Bis es langsamer wird, muss jede Genehmigung zwei Sekunden gehalten werden.",
    type_target: "Zur Bestätigung {{target}} eingeben",
    type_instead: "Oder {{target}} eingeben, statt zu halten",
  },
});
