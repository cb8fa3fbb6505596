/** German. */
import type { en } from "./texts.en";

export const de: { [K in keyof typeof en]: string } = {
  told: "Benachrichtigt", line: "{{who}}: {{how}}",
  decided: "vor {{ago}} entschieden", opened: "vor {{ago}} geöffnet", shown: "vor {{ago}} angezeigt",
  accepted: "vor {{ago}} vom Desktop angenommen", dispatched: "vor {{ago}} an den Desktop gegeben",
  open: "Konsole offen", closed: "Konsole geschlossen", held_closed: "{{why}}, Konsole geschlossen",
  no_service: "der Desktop zeigt keine Benachrichtigungen", service_gone: "die Benachrichtigungen des Desktops endeten",
  do_not_disturb: "Nicht stören", screen_locked: "Bildschirm gesperrt", quiet_hours: "Ruhezeit",
  preference: "in einer Zusammenfassung", snoozed: "zurückgestellt", held: "zurückgehalten",
  as_of: "Stand von vor {{ago}}.",
  secs: "{{n}} s", mins: "{{n}} min", hours: "{{n}} h",
};
