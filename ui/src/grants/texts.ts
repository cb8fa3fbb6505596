/** Words of grants and delegations. */
import { words } from "../words/words";

export const t = words("grants", {
  en: {
    parts: "Parts", grants: "Grants", delegations: "Delegations", back: "Back to the requests", show: "Show", show_live: "Usable now", show_all: "All, also ended ones",
    find: "Agent, person or command", grants_intro: "What agents may repeat without asking again. A grant never covers a higher risk or another rule.",
    no_live: "No agent may repeat anything.", no_live_next: "A grant is given with an approval, when its reach is wider than once.", no_match: "No grant matches. Clear the search to see the rest.",
    live: "Usable", used_up: "Used up", expired: "Expired", revoked: "Taken back", of: "{{agent}} of {{user}}", own_gate: "the gate of {{user}}",
    uses_one: "{{count}} use left of {{max}}", uses_other: "{{count}} uses left of {{max}}", used: "used {{uses}} of {{max}}", left: "{{time}} left", until: "until {{at}}", taken_back: "taken back {{at}}", given: "given by {{by}} on {{at}}",
    same_action: "this exact action", same_command: "the same command in this repository", same_rule: "whatever the same rule catches", origin: "The decision it was given with", highest: "at most",
    revoke: "Take back", revoke_of: "Take back: {{what}}", revoke_title: "Take this grant back?", revoke_what: "It ends at once, and so do permits it issued that were not used yet. What already runs goes on. Who took it back, and when, is recorded.", cancel: "Cancel", revoked_ok: "Taken back.",
    revoke_offline: "Taking back needs a connection: the server decides what still runs. A freeze on the gate's own machine works without one.",
    forbidden: "Your role does not see this.", forbidden_who: "Approvers, people on call, auditors and administrators do.",
    del_intro: "While somebody is away, another may vote for them. The vote says for whom it was cast, and both are named in the record.",
    all: "Everybody's", by_me: "By me", to_me: "To me", no_delegation: "Nobody votes for anybody else.", no_delegation_next: "Going away? Let somebody vote for you, with a last day.",
    in_force: "In force", ahead: "Ahead", over: "Over", ended: "Ended", from_to: "<from/> is represented by <to/>", dates: "{{from}} to {{to}}", end: "End now", end_of: "End now: {{from}} to {{to}}", end_title: "End this delegation?", end_what: "From now on votes for {{from}} are refused. Votes already cast stay.",
    make: "Delegate…", make_title: "Let somebody vote for you", who: "Who votes for you", who_hint: "A person who may vote themselves.", starts: "From", ends: "Until", reason: "Reason", reason_hint: "Seen by everybody who sees the delegation.", do_make: "Delegate",
    missing: "Both instants are needed.", order: "It must end after it starts.", past: "It must end in the future.", long: "At most 90 days.", not_self: "That is you.", only_voters: "Only who votes can delegate.", offline: "Offline: nothing can be changed here until the connection is back.", old: "Not live: something may have changed since.", made: "Made. It is in the record.",
  },
  de: {
    parts: "Teile", grants: "Freigaben", delegations: "Vertretungen", back: "Zurück zu den Anfragen", show: "Zeigen", show_live: "Jetzt nutzbar", show_all: "Alle, auch beendete",
    find: "Agent, Person oder Befehl", grants_intro: "Was Agenten ohne neue Frage wiederholen dürfen. Eine Freigabe deckt nie ein höheres Risiko und nie eine andere Regel.",
    no_live: "Kein Agent darf etwas wiederholen.", no_live_next: "Eine Freigabe entsteht mit einer Zustimmung, die weiter reicht als für dieses eine Mal.", no_match: "Keine Freigabe passt. Leere die Suche, um die übrigen zu sehen.",
    live: "Nutzbar", used_up: "Aufgebraucht", expired: "Abgelaufen", revoked: "Zurückgenommen", of: "{{agent}} von {{user}}", own_gate: "das Gate von {{user}}",
    uses_one: "noch {{count}}-mal von {{max}}", uses_other: "noch {{count}}-mal von {{max}}", used: "{{uses}} von {{max}} genutzt", left: "noch {{time}}", until: "bis {{at}}", taken_back: "zurückgenommen {{at}}", given: "gegeben von {{by}} am {{at}}",
    same_action: "genau diese Aktion", same_command: "derselbe Befehl in diesem Repository", same_rule: "alles, was dieselbe Regel erfasst", origin: "Die Entscheidung, mit der sie gegeben wurde", highest: "höchstens",
    revoke: "Zurücknehmen", revoke_of: "Zurücknehmen: {{what}}", revoke_title: "Diese Freigabe zurücknehmen?", revoke_what: "Sie endet sofort, ebenso noch nicht genutzte Erlaubnisse daraus. Was schon läuft, läuft weiter. Wer sie wann zurücknahm, steht im Protokoll.", cancel: "Abbrechen", revoked_ok: "Zurückgenommen.",
    revoke_offline: "Zum Zurücknehmen braucht es eine Verbindung: Der Server entscheidet, was noch läuft. Ein Halt auf dem Rechner des Gates geht auch ohne.",
    forbidden: "Deine Rolle sieht das nicht.", forbidden_who: "Genehmigende, Bereitschaft, Revision und Verwaltung sehen es.",
    del_intro: "Ist jemand abwesend, kann jemand anderes für ihn stimmen. Die Stimme nennt, für wen sie gilt; im Protokoll stehen beide.",
    all: "Von allen", by_me: "Von mir", to_me: "An mich", no_delegation: "Niemand stimmt für jemand anderen.", no_delegation_next: "Bist du bald weg? Lass jemanden für dich stimmen, mit einem letzten Tag.",
    in_force: "Gilt", ahead: "Steht bevor", over: "Vorbei", ended: "Beendet", from_to: "<from/> wird vertreten von <to/>", dates: "{{from}} bis {{to}}", end: "Jetzt beenden", end_of: "Jetzt beenden: {{from}} an {{to}}", end_title: "Diese Vertretung beenden?", end_what: "Ab jetzt werden Stimmen für {{from}} abgewiesen. Schon abgegebene bleiben.",
    make: "Vertreten lassen…", make_title: "Jemanden für dich stimmen lassen", who: "Wer für dich stimmt", who_hint: "Eine Person, die selbst abstimmen darf.", starts: "Ab", ends: "Bis", reason: "Grund", reason_hint: "Für alle sichtbar, die die Vertretung sehen.", do_make: "Vertreten lassen",
    missing: "Beide Zeitpunkte werden gebraucht.", order: "Das Ende muss nach dem Anfang liegen.", past: "Das Ende muss in der Zukunft liegen.", long: "Höchstens 90 Tage.", not_self: "Das bist du selbst.", only_voters: "Nur wer abstimmt, kann sich vertreten lassen.", offline: "Ohne Verbindung lässt sich hier nichts ändern.", old: "Nicht aktuell: Seitdem kann sich etwas geändert haben.", made: "Angelegt. Es steht im Protokoll.",
  },
});
