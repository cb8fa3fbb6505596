/** Words about the copy on this machine: its integrity, verifying, what is kept. */
import { words } from "../words/words";

export const t = words("copy", {
  en: {
    integrity: "Integrity", record: "Record", root: "Root", key: "Key", pinned: "{{name}}, pinned", witnesses: "Witnesses", kept_here: "Kept here", last: "Last verified", never: "never in full",
    kept_one: "{{count}} entry {{window}}", kept_other: "{{n}} entries {{window}}", to_fetch: "{{n}} to fetch", broken: "does not verify", broken_next: "Do not rely on what is shown, and approve nothing because of it. Verify once more; if it stays, save what was found, compare with a colleague, and tell your administrator.", broken_next_web: "Do not rely on what is shown, and approve nothing because of it. Tell your administrator.", unseen: "not seen yet", consistent: "{{n}} entries, consistent",
    none_demanded: "none demanded", cosigned: "{{n}} of {{required}} up to #{{size}}", cosigned_late: "{{n}} of {{required}} up to #{{size}}, too few",
    verify_now: "Verify now", verify_file: "Verify a file…", what_is_kept: "What is kept…", export: "Export…", compare: "Compare…", save_json: "Save as JSON…", save_html: "Save as a page…", found_saved: "Written to {{path}}.", only_reads: "The desktop console keeps and verifies the record offline; this page only reads it.",
    not_written: "Nothing was written: {{why}}",
    verifying: "Verifying the record", starting: "Starting", stop: "Stop", close: "Close", cancel: "Cancel", not_verified: "Nothing was verified: {{why}}", in_file: "{{headline}} in <file/>",
    speed: "{{n}} entries in {{seconds}} s", speed_by: "{{n}} entries in {{seconds}} s · {{each}} entries/s",
    head_whole: "Whole: all {{size}} entries hold", head_partial: "Holds: {{kept}} entries, in the signed tree of {{size}}", head_unknown: "Consistent, signed by a key that is not pinned here: {{size}} entries", head_broken: "Broken", head_broken_at: "Broken at entry {{first}}", head_broken_in: "Broken in entries {{first}} to {{last}}",
    file_title: "Verify a file", file_what: "A bundle from an audit export, or from another console. Drop it here, or name it. It is read on this machine and sent nowhere.", file: "File", file_key: "Key it must be signed by", file_key_hint: "Empty: the key that this console pinned when it was enrolled.", verify: "Verify",
    window_title: "What is kept here", window_what: "Entries of this window are kept whole, encrypted, and can be read and verified offline. Of all others only the hash is kept, which is enough to rebuild the signed root.", how_far: "How far back", last_days: "The last days", everything: "Everything", days: "Days", days_bad: "A whole number of days, 1 to 36,500.", only_repos: "Only these repositories", only_repos_hint: "Names joined by commas; empty: all. Keys and erasures are always kept.", keep: "Keep this",
    of_all_time: "of all time", of_days_one: "of the last day", of_days_other: "of the last {{count}} days", in_repos: "{{time}} in {{repos}}",
    keys_move: "move", keys_search: "search", keys_verify: "verify", keys_back: "back",
  },
  de: {
    integrity: "Unversehrtheit", record: "Protokoll", root: "Wurzel", key: "Schlüssel", pinned: "{{name}}, festgehalten", witnesses: "Zeugen", kept_here: "Hier aufbewahrt", last: "Zuletzt geprüft", never: "nie ganz",
    kept_one: "{{count}} Eintrag {{window}}", kept_other: "{{n}} Einträge {{window}}", to_fetch: "{{n}} fehlen noch", broken: "stimmt nicht", broken_next: "Verlass dich nicht auf das Gezeigte und stimme nichts deswegen zu. Prüfe noch einmal; bleibt es so, sichere das Ergebnis, vergleiche mit jemandem und sag es der Verwaltung.", broken_next_web: "Verlass dich nicht auf das Gezeigte und stimme nichts deswegen zu. Sag es der Verwaltung.", unseen: "noch nicht gesehen", consistent: "{{n}} Einträge, stimmig",
    none_demanded: "keine verlangt", cosigned: "{{n}} von {{required}} bis #{{size}}", cosigned_late: "{{n}} von {{required}} bis #{{size}}, zu wenige",
    verify_now: "Jetzt prüfen", verify_file: "Eine Datei prüfen…", what_is_kept: "Was aufbewahrt wird…", export: "Exportieren…", compare: "Vergleichen…", save_json: "Als JSON sichern…", save_html: "Als Seite sichern…", found_saved: "Geschrieben nach {{path}}.", only_reads: "Die Konsole auf dem Desktop bewahrt das Protokoll auf und prüft es ohne Verbindung; diese Seite liest nur.",
    not_written: "Nichts wurde geschrieben: {{why}}",
    verifying: "Das Protokoll wird geprüft", starting: "Beginnt", stop: "Abbrechen", close: "Schließen", cancel: "Abbrechen", not_verified: "Nichts wurde geprüft: {{why}}", in_file: "{{headline}} in <file/>",
    speed: "{{n}} Einträge in {{seconds}} s", speed_by: "{{n}} Einträge in {{seconds}} s · {{each}} Einträge/s",
    head_whole: "Ganz: Alle {{size}} Einträge stimmen", head_partial: "Stimmt: {{kept}} Einträge im unterschriebenen Baum aus {{size}}", head_unknown: "In sich stimmig, von einem hier unbekannten Schlüssel unterschrieben: {{size}} Einträge", head_broken: "Stimmt nicht", head_broken_at: "Stimmt nicht bei Eintrag {{first}}", head_broken_in: "Stimmt nicht in den Einträgen {{first}} bis {{last}}",
    file_title: "Eine Datei prüfen", file_what: "Ein Bündel aus einem Export oder von einer anderen Konsole. Zieh es hierher oder nenne seinen Pfad. Es wird auf diesem Rechner gelesen und nirgendwohin gesendet.", file: "Datei", file_key: "Schlüssel, der unterschrieben haben muss", file_key_hint: "Leer: der Schlüssel, den diese Konsole bei der Anmeldung festhielt.", verify: "Prüfen",
    window_title: "Was hier aufbewahrt wird", window_what: "Einträge dieses Fensters bleiben ganz hier, verschlüsselt, und lassen sich ohne Verbindung lesen und prüfen. Von allen anderen bleibt nur der Hash; das genügt, um die unterschriebene Wurzel nachzurechnen.", how_far: "Wie weit zurück", last_days: "Die letzten Tage", everything: "Alles", days: "Tage", days_bad: "Eine ganze Zahl Tage, 1 bis 36.500.", only_repos: "Nur diese Repositorys", only_repos_hint: "Namen, durch Kommas getrennt; leer: alle. Schlüssel und Löschungen bleiben immer.", keep: "So aufbewahren",
    of_all_time: "aller Zeiten", of_days_one: "des letzten Tages", of_days_other: "der letzten {{count}} Tage", in_repos: "{{time}} in {{repos}}",
    keys_move: "weiter", keys_search: "suchen", keys_verify: "prüfen", keys_back: "zurück",
  },
});
