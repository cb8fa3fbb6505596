/** The settings' words in German. */
import type { en } from "./texts.en";

export const de: { [K in keyof typeof en]: string } = {
  settings: "Einstellungen", parts: "Teile der Einstellungen", back: "Zurück zu den Anfragen", go: "Einstellungen: {{part}}", cancel: "Abbrechen", yes: "Ja", no: "Nein",
  notifications: "Mitteilungen", look: "Aussehen und Sprache", keys: "Tasten", devices: "Geräte", data: "Daten", console: "Diese Konsole", diagnostics: "Diagnose",

  theme: "Farben", theme_system: "Wie der Desktop", theme_light: "Hell", theme_dark: "Dunkel",
  contrast: "Hoher Kontrast", contrast_hint: "Stärkere Linien und Schrift, auch wenn der Desktop nicht darum bittet.",
  language: "Sprache", language_system: "Wie der Desktop", language_hint: "Texte von Agenten, Regeln und Protokoll bleiben, wie sie geschrieben wurden.",

  letter_keys: "Einzelne Zeichen sind Befehle", letter_keys_hint: "Aus: Nur Tastenkombinationen mit Strg wirken; alles bleibt mit Tab und mit Strg K erreichbar.",
  type_instead: "Tippen statt halten", type_instead_hint: "Hohem Risiko wird zugestimmt, indem du den Namen des Ziels tippst. Für alle, die keine Taste halten können.",
  remap: "Andere Tasten", remap_hint: "Tippe das Zeichen, das den Befehl geben soll. Die Wege zwischen den Bereichen (g und ein Buchstabe) bleiben.",
  command: "Befehl", key: "Taste", key_for: "Taste für: {{command}}", keys_reset: "Wieder die eigenen Tasten",
  key_taken: "„{{key}}“ gibt schon einen anderen Befehl.", key_prefix: "„g“ beginnt die Wege zwischen den Bereichen.", key_not_a_key: "„{{key}}“ ist kein einzelnes Zeichen der Tastatur.",
  do_next: "Weiter", do_previous: "Zurück", do_approve: "Zustimmen", do_reject: "Ablehnen", do_reject_pause: "Ablehnen und den Agenten anhalten", do_snooze: "Zurückstellen", do_claim: "Übernehmen", do_ask: "Den Agenten fragen", do_select: "Auswählen", do_select_range: "Bis hierher auswählen",
  do_undo: "Rückgängig", do_risky: "Nächste riskante Stelle", do_risky_back: "Vorige riskante Stelle; einen Lauf zurücknehmen", do_unseen: "Nächster noch nicht angesehener Teil eines Diffs", do_columns: "Diff nebeneinander oder in einer Spalte", do_space: "Diff mit oder ohne Änderungen an Leerraum", do_preview: "Vorschau einer Regel", do_verify: "Protokoll prüfen", do_export: "Protokoll exportieren; Anfragen vergleichen",
  do_earlier: "Früherer Schritt einer Kette", do_later: "Späterer Schritt einer Kette", do_search: "Suchen", do_more: "Mehr", do_help: "Tasten und Regeln",

  devices_hint: "Jede Stimme ist mit dem Schlüssel eines dieser Geräte unterschrieben. Widerrufe ein verlorenes: Ab dann werden seine Stimmen abgewiesen, ganz gleich, wann sie unterschrieben sein wollen.",
  devices_none: "Kein Gerät ist angemeldet.", devices_offline: "Ohne Verbindung: Die Liste kann alt sein, und ändern lässt sich hier nichts.", devices_old: "Nicht aktuell: Seitdem kann sich etwas geändert haben.",
  this_device: "dieses", class_desktop: "Desktop-Konsole", class_terminal: "Terminal", class_web: "Webseite", shared: "geteilt",
  shared_why: "Auf demselben Rechner laufen Agenten, und ein Programm desselben Benutzers könnte seine Schlüssel lesen.",
  device_confirmed_since: "Bestätigt {{at}}", device_unconfirmed_since: "Angemeldet {{at}}, entscheidet nichts, bis es bestätigt ist", device_revoked_since: "Widerrufen {{at}}", device_of: "von {{user}}",
  ceiling: "Darf zustimmen bis: {{level}}.", ceiling_plain: "Darf zustimmen bis: {{level}}. Es hat keinen zweiten Schlüssel.",
  confirm: "Bestätigen", confirm_title: "„{{name}}“ bestätigen?", confirm_what: "Ab dann kann es für seine Person abstimmen. Bestätige nur ein Gerät, das du selbst angemeldet hast und vor dir siehst.", device_confirmed: "Bestätigt: {{name}}.",
  revoke: "Widerrufen", revoke_of: "{{name}} widerrufen", revoke_title: "„{{name}}“ endgültig widerrufen?", revoke_what: "Ab jetzt werden seine Stimmen abgewiesen, und es ist abgemeldet. Früher angenommene Stimmen bleiben. Rückgängig machen lässt es sich nicht; das Gerät kann neu angemeldet werden.",
  revoke_this: "Das ist die Konsole, die du gerade ansiehst. Sie wird sofort abgemeldet, ihre Stimmen werden ab jetzt abgewiesen. Um sie wieder zu benutzen, muss sie gelöscht und neu angemeldet werden.", device_revoked: "Widerrufen: {{name}}.",

  copy: "Kopie auf diesem Rechner", copy_hint: "Anfragen, das Fenster des Protokolls und ungesendete Stimmen liegen hier verschlüsselt; der Schlüssel liegt im Schlüsselbund.", size: "Größe", folder: "Ordner", set_aside: "Beiseitegelegte beschädigte Kopien",
  window: "Fenster des Protokolls", window_is: "Ganz aufbewahrt: Einträge {{window}}.", window_change: "Ändern…",
  wipe_head: "Von diesem Rechner entfernen", wipe_hint: "Löscht die Kopie und die Schlüssel dieser Konsole. Der Server behält, was er hat.", wipe_ask: "Löschen…",
  wipe: "Löschen", wipe_title: "Diese Konsole löschen?", wipe_what: "Die Kopie auf diesem Rechner und die Schlüssel dieser Konsole werden gelöscht. Auf dem Server ändert sich nichts; widerrufe das Gerät auch dort, wenn du den Rechner weggibst. Danach kann die Konsole mit einer neuen Einladung neu angemeldet werden.",
  wipe_lose: "Die ungesendeten Entscheidungen aufgeben",

  autostart: "Mit meiner Sitzung starten", autostart_hint: "Sonst fragt dich niemand, bevor du die Konsole selbst startest.",
  rendering: "Zeichnen", rendering_auto: "Von selbst", rendering_safe: "Sicher, ohne Grafikkarte", rendering_hint: "Wähle sicher, wenn Fenster leer bleiben oder flackern. Es ist langsamer.", rendering_later: "Das wirkt, wenn die Konsole das nächste Mal startet.",
  updates: "Nach neueren Versionen sehen", updates_hint: "Fragt die eingestellte Adresse einmal, wenn du den Knopf drückst. Angenommen wird nur eine Version, die der eingestellte Schlüssel unterschrieben hat.",
  updates_unconfigured: "Niemand hat eingestellt, woher Aktualisierungen kommen und wer sie unterschreibt; deshalb wird nie danach gesehen. docs/updates.md sagt, wie es geht.",
  updates_look: "Jetzt nachsehen", updates_none: "Das ist die neueste Version.", updates_found: "Version {{version}} ist da, ihre Unterschrift ist gut.", updates_install: "{{version}} installieren", updates_installed: "Sie ist installiert und wirkt, wenn die Konsole das nächste Mal startet.",

  levels: "Was gemeldet wird", level: "Stufe", show: "Wie", sound: "Ton", repeat: "Wiederholt, solange sie wartet", show_never: "Nur in Leiste und Liste", show_digest: "Zusammengefasst", show_bubble: "Einzeln",
  show_of: "Wie: {{level}}", sound_of: "Ton: {{level}}", repeat_of: "Wiederholt, solange sie wartet: {{level}}", levels_hint: "Hohes und kritisches Risiko wird immer einzeln gemeldet: Niemand darf es wegen einer Einstellung übersehen. Ruhezeit und „Nicht stören“ erfährt der Server und fragt dann jemand anderen. Mehr als vier neue Mitteilungen in zehn Minuten stehen in einer, die sie zählt; kritische Anfragen nie.",
  digest: "Minuten zwischen zwei Zusammenfassungen", digest_bad: "Eine ganze Zahl, 5 bis 480.",
  quiet: "Ruhezeit", quiet_on: "Ruhezeit einhalten", quiet_hint: "Niedriges und mittleres Risiko wartet bis zum Ende. Hohes und kritisches erreicht dich nur, während du Bereitschaft hast; sonst wird jemand anderes gefragt.", from: "Von", to: "Bis", zone: "Zeitzone", zone_bad: "Eine Zeitzone wie Europe/Berlin.", days: "Tage, an denen sie beginnt", days_bad: "Mindestens ein Tag.", times_bad: "Zwei verschiedene Uhrzeiten.",
  contents: "Was eine Mitteilung sagt", contents_full: "Alles, was hineinpasst", contents_hidden_when_locked: "Nur die Stufe, solange der Bildschirm gesperrt oder geteilt ist", contents_hidden: "Immer nur die Stufe", contents_hint: "Verbirgt eine Mitteilung, was laufen soll, kann von ihr aus nicht zugestimmt werden.",
  lock_told: "Dieser Desktop sagt, wann der Bildschirm gesperrt ist.", lock_untold: "Hier sagt niemand, ob der Bildschirm gesperrt ist; er gilt als offen.", lock_on: "Gesperrt.", lock_off: "Nicht gesperrt.",
  share_told: "Dieser Desktop schweigt, solange der Bildschirm geteilt wird. „Nicht stören“ ist davon nicht zu unterscheiden; auch dann steht nur die Stufe da.", share_untold: "Hier sagt niemand, ob der Bildschirm geteilt wird: Wähle „Immer nur die Stufe“, bevor du ihn teilst.", share_on: "Vielleicht geteilt: Der Desktop schweigt.", share_off: "Nicht geteilt.",
  save: "Speichern", saved: "Gespeichert.",

  test: "Probemitteilung zeigen", test_waiting: "Wartet auf ihren Knopf…", test_hint: "Eine Mitteilung über nichts. Drücke ihren Knopf „Ansehen“.",
  test_worked: "Sie wurde gezeigt, und ihr Knopf wirkt.", test_not_shown: "Auf diesem Desktop zeigt nichts Mitteilungen. Anfragen erreichen dich nur über die Leiste und das Fenster.",
  test_seen: "Ihr Knopf wurde nicht gedrückt. Hast du sie gesehen?", test_no_button: "Dann zeigt dieser Desktop Mitteilungen ohne wirksame Knöpfe. Klicke auf die Mitteilung selbst, auf die Leiste, oder lass das Fenster offen.",
  test_not_seen: "Der Desktop nahm sie an und zeigte sie nicht: Sieh nach, ob „Nicht stören“ an ist oder Mitteilungen dieses Programms abgeschaltet sind.",

  diagnostics_hint: "Vergleiche den Fingerabdruck mit dem bei Kollegen oder der Verwaltung. Nichts hier ist geheim.", copy_all: "Kopieren", copied: "Kopiert.", not_copied: "Die Zwischenablage lässt sich nicht schreiben.", look_again: "Noch einmal nachsehen", good: "in Ordnung", lacking: "fehlt",
  tray: "Leiste", tray_looking: "Sucht eine Leiste …", tray_yes: "Die Leiste zeigt das Zeichen der Konsole.", tray_no: "Dieser Desktop hat keine Leiste: Die Konsole bleibt in ihrem Fenster; schließt du es, wird es verkleinert. Unter GNOME hilft eine Erweiterung für AppIndicators.",
  notifier: "Mitteilungen", notifier_no: "Nichts zeigt Mitteilungen.", buttons: "Knöpfe darauf", buttons_yes: "Es gibt sie.", buttons_no: "Es gibt keine: Ein Klick öffnet das Fenster.",
  screen: "Bildschirm", dnd: "Nicht stören", dnd_on: "An: Mitteilungen werden zurückgehalten.", dnd_off: "Aus.", dnd_unknown: "Dieser Desktop sagt es nicht.",
  keyring: "Schlüsselbund", keyring_unlocked: "Offen.", keyring_locked: "Gesperrt.", keyring_absent: "Es gibt keinen.", keyring_file: "Eine Datei an seiner Stelle: Wer sie liest, hat die Schlüssel.", keyring_refused: "Er verweigert sich.",
  server: "Server", fingerprint: "Fingerabdruck seines Schlüssels", crashes: "Abstürze, ohne Inhalte", version: "Versionen", system: "System",

  ready_title: "Diese Konsole ist angemeldet", ready_intro: "Vier kurze Prüfungen, damit dich eine Anfrage auch erreicht. Du kannst sie auch später unter Einstellungen machen.",
  ready_device: "1. Das Gerät", ready_device_is: "„{{name}}“ stimmt für {{user}} ab, bis: {{level}}.", ready_unconfirmed: "Es ist nicht dein erstes Gerät: Bestätige es dort, unter Einstellungen, Geräte. Bis dahin zeigt es alles und entscheidet nichts.",
  ready_signature: "2. Eine Probeunterschrift", sign_hint: "Unterschreibt einen Text, der für nichts zählt, und prüft ihn mit dem Schlüssel, den der Server kennt.",
  sign_hint_step_up: "Unterschreibt einen Text, der für nichts zählt, und prüft ihn mit den Schlüsseln, die der Server kennt. Mit deiner Passphrase auch den zweiten.",
  sign_passphrase: "Passphrase (für den zweiten Schlüssel)", sign: "Unterschreiben", signing: "Wird unterschrieben…", sign_ok: "Die Unterschrift ist gut.", sign_ok_both: "Beide Unterschriften sind gut.", sign_wrong: "Der Schlüsselbund hat andere Schlüssel als der Server kennt. Lösche diese Konsole und melde sie neu an.",
  ready_notification: "3. Eine Probemitteilung", ready_tray: "4. Leiste und Start", ready_later: "Was hier nicht gut war, steht auch unter Einstellungen, Diagnose.", ready_done: "Zu den Anfragen",
};
