/** Words of the locked screen, by what a person must do about it. */
import { words } from "../words/words";

const en = {
  title: "Locked",
  nothing_lost: "Nothing was decided, sent or deleted meanwhile.",
  starting: "The console is starting.",
  keyring_locked: "The keyring is locked, so requests and keys cannot be read. Unlock it, then try again.",
  keyring_absent: "No keyring answers on this desktop, so the console has no safe place for its keys, and writes them nowhere else. On Linux it needs a Secret Service, such as GNOME Keyring, KWallet or KeePassXC. Start one, then try again.",
  keyring_gone: "The keyring no longer holds this console’s keys, and the local copy cannot be read without them. Bring the old keyring back and try again, or wipe the copy and enrol this console anew.",
  keyring_damaged: "What the keyring holds for this console is damaged. Bring an older keyring back and try again, or wipe the copy and enrol this console anew.",
  keyring_refused: "The keyring refused to give the keys out. Look whether it asks you something, then try again.",
  database_corrupt: "The local copy is damaged. It can be set aside and begun anew: votes that can still be read are carried over, everything else comes from the server.",
  disk_full: "The local copy cannot be written: the disk is full, or cannot be written to. Nothing was saved since. Make room, then try again.",
  copy_unreadable: "The local copy cannot be opened. Try again; if it stays so, wipe it and enrol this console anew.",
  signed_out: "This device is signed out: it was revoked, or its sign-in is no longer good. To use it again, wipe the copy and ask for a new invite.",
  web_key_gone: "This browser no longer has its key. Ask for a new one-time link to enrol it again.",
  unknown: "This console is locked.",
  retry: "Try again",
  retrying: "Trying…",
  rebuild: "Set aside and begin anew",
  rebuild_failed: "The copy could not be begun anew. Nothing was deleted.",
  wipe: "Wipe and enrol anew…",
};

export type LockedWord = keyof typeof en;

export const isLockedWord = (text: string): text is LockedWord => Object.hasOwn(en, text);

export const t = words("locked", {
  en,
  de: {
    title: "Gesperrt",
    nothing_lost: "In der Zwischenzeit wurde nichts entschieden, gesendet oder gelöscht.",
    starting: "Die Konsole startet.",
    keyring_locked: "Der Schlüsselbund ist gesperrt; Anfragen und Schlüssel lassen sich nicht lesen. Entsperre ihn und versuche es noch einmal.",
    keyring_absent: "Auf diesem Desktop antwortet kein Schlüsselbund. Die Konsole hat keinen sicheren Ort für ihre Schlüssel und schreibt sie nirgends sonst hin. Unter Linux braucht sie einen Secret Service wie GNOME Keyring, KWallet oder KeePassXC. Starte einen und versuche es noch einmal.",
    keyring_gone: "Der Schlüsselbund hat die Schlüssel dieser Konsole nicht mehr; ohne sie ist die Kopie hier nicht lesbar. Hol den alten Schlüsselbund zurück und versuche es noch einmal, oder lösche die Kopie und melde die Konsole neu an.",
    keyring_damaged: "Was der Schlüsselbund für diese Konsole enthält, ist beschädigt. Hol einen älteren zurück und versuche es noch einmal, oder lösche die Kopie und melde die Konsole neu an.",
    keyring_refused: "Der Schlüsselbund gibt die Schlüssel nicht heraus. Sieh nach, ob er dich etwas fragt, und versuche es noch einmal.",
    database_corrupt: "Die Kopie auf diesem Rechner ist beschädigt. Sie lässt sich beiseitelegen und neu beginnen: Lesbare Stimmen werden übernommen, alles andere kommt vom Server.",
    disk_full: "Die Kopie lässt sich nicht schreiben: Die Platte ist voll oder nicht beschreibbar. Seitdem wurde nichts gespeichert. Schaffe Platz und versuche es noch einmal.",
    copy_unreadable: "Die Kopie auf diesem Rechner lässt sich nicht öffnen. Versuche es noch einmal; bleibt es so, lösche sie und melde die Konsole neu an.",
    signed_out: "Dieses Gerät ist abgemeldet: Es wurde widerrufen, oder seine Anmeldung gilt nicht mehr. Um es wieder zu benutzen, lösche die Kopie und bitte um eine neue Einladung.",
    web_key_gone: "Dieser Browser hat seinen Schlüssel nicht mehr. Bitte um einen neuen Einmal-Link, um ihn wieder anzumelden.",
    unknown: "Diese Konsole ist gesperrt.",
    retry: "Noch einmal",
    retrying: "Wird versucht…",
    rebuild: "Beiseitelegen und neu beginnen",
    rebuild_failed: "Die Kopie ließ sich nicht neu beginnen. Gelöscht wurde nichts.",
    wipe: "Löschen und neu anmelden…",
  },
});
