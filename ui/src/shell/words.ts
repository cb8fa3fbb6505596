/** Words for the stable names the server uses. An unknown name is shown as it came. */
import { language, words } from "../words/words";

const rules = {
  en: {
    unknown_action_type: "unknown action",
    critical: "critical risk",
    require_approval_list: "always asks",
    sensitive_fact: "sensitive",
    above_threshold: "above threshold",
    oversight_protected: "oversight protected",
    grave_fact: "grave",
    guardrail: "guardrail",
    flood: "too many at once",
    frozen: "stopped",
    blocked_list: "blocked",
    rejected_before: "rejected before",
    auto_allowed_list: "runs alone",
    below_threshold: "below threshold",
    grant: "repeat allowed",
    allow_rule: "allow rule",
    plan: "step of a plan",
    bypass: "bypass",
  },
  de: {
    unknown_action_type: "unbekannte Aktion",
    critical: "kritisches Risiko",
    require_approval_list: "fragt immer",
    sensitive_fact: "heikel",
    above_threshold: "über der Schwelle",
    oversight_protected: "geschützte Aufsicht",
    grave_fact: "schwerwiegend",
    guardrail: "Leitplanke",
    flood: "zu viele auf einmal",
    frozen: "angehalten",
    blocked_list: "gesperrt",
    rejected_before: "schon abgelehnt",
    auto_allowed_list: "läuft allein",
    below_threshold: "unter der Schwelle",
    grant: "Wiederholung erlaubt",
    allow_rule: "Erlaubnisregel",
    plan: "Schritt eines Plans",
    bypass: "Umgehung",
  },
};

const statuses = {
  en: { pending: "Waiting", approved: "Approved", rejected: "Rejected", expired: "Expired", superseded: "Replaced", cancelled: "Withdrawn" },
  de: { pending: "Wartet", approved: "Zugestimmt", rejected: "Abgelehnt", expired: "Abgelaufen", superseded: "Ersetzt", cancelled: "Zurückgezogen" },
};

const surfaces = {
  en: {
    notification: "from a notification",
    tray: "from the tray",
    window: "in the console",
    web: "on the web page",
    terminal: "in a terminal",
  },
  de: {
    notification: "aus einer Mitteilung",
    tray: "aus der Leiste",
    window: "in der Konsole",
    web: "auf der Webseite",
    terminal: "im Terminal",
  },
};

const roles = {
  en: { agent: "agent", developer: "developer", approver: "approver", oncall: "on call", auditor: "auditor", admin: "administrator" },
  de: { agent: "Agent", developer: "Entwicklung", approver: "Genehmigung", oncall: "Bereitschaft", auditor: "Revision", admin: "Verwaltung" },
};

/** Says the names of a table, and any other name as it came. */
function naming<T extends Record<string, string>>(place: string, texts: { en: T; de: { [K in keyof T]: string } }) {
  const t = words(place, texts) as (name: string) => string;
  return (name: string): string => (Object.hasOwn(texts.en, name) ? t(name) : name);
}

export const ruleWords = naming("rule", rules);
export const statusWords = naming("status", statuses);
export const roleWords = naming("role", roles);
export const surfaceWords = naming("surface", surfaces);

/** A score of 0.000–1.000 with its three digits. */
export const score = (value: number): string =>
  new Intl.NumberFormat(language(), { minimumFractionDigits: 3, maximumFractionDigits: 3, useGrouping: false }).format(value);

/** Thousandths as a score. */
export const thousandths = (value: number): string => score(value / 1000);

const facts = {
  en: {
    touches_auth: "touches auth",
    production: "production",
    production_branch: "production branch",
    multi_repo: "several repositories",
    recent_incidents: "recent incidents",
    sensitive_file: "sensitive file",
    wide_scope: "wide scope",
    destroys_data: "destroys data",
    hard_to_undo: "hard to undo",
    regulated_data: "regulated data",
    disables_oversight: "disables oversight",
    unreadable_command: "unreadable command",
    exposes_secret: "exposes secret",
    runs_untrusted_code: "runs untrusted code",
    widens_permission: "widens permission",
    weakens_checks: "weakens checks",
    changes_dependencies: "changes dependencies",
  },
  de: {
    touches_auth: "berührt die Anmeldung",
    production: "Produktion",
    production_branch: "Produktionszweig",
    multi_repo: "mehrere Repositorys",
    recent_incidents: "Vorfälle in letzter Zeit",
    sensitive_file: "heikle Datei",
    wide_scope: "großer Umfang",
    destroys_data: "zerstört Daten",
    hard_to_undo: "schwer zurückzunehmen",
    regulated_data: "geschützte Daten",
    disables_oversight: "schaltet die Aufsicht ab",
    unreadable_command: "unlesbarer Befehl",
    exposes_secret: "legt Geheimnisse offen",
    runs_untrusted_code: "führt ungeprüften Code aus",
    widens_permission: "weitet Rechte aus",
    weakens_checks: "schwächt Prüfungen",
    changes_dependencies: "ändert Abhängigkeiten",
  },
};

/** A fact's kind in words. */
export const factWords = naming("fact", facts);

const factors = {
  base: "Die Art der Aktion",
  auth: "Berührt die Anmeldung oder Berechtigungen",
  production: "Erreicht die Produktion",
  destruction: "Zerstört Daten",
  exposure: "Legt Zugangsdaten offen",
  compliance: "Geschützte Daten oder Zahlungen",
  untrusted_code: "Führt ungeprüften Code aus",
  privilege: "Weitet Rechte aus",
  oversight: "Schaltet die Aufsicht ab",
  opacity: "Ist nicht zu lesen",
  file_sensitivity: "Heikle Dateien",
  checks: "Schwächt Prüfungen",
  multi_repo: "Mehrere Repositorys",
  recent_incidents: "Vorfälle in letzter Zeit",
  dependencies: "Ändert Abhängigkeiten",
  scope: "Großer Umfang",
  rollback_difficulty: "Schwer zurückzunehmen",
};

/** A factor's name in German. In English the server's own sentence says more; an unknown name says nothing: null. */
export const factorWords = (name: string): string | null =>
  language() === "de" && Object.hasOwn(factors, name) ? factors[name as keyof typeof factors] : null;

/** Every name that this file has words for, by what it names. */
export const NAMED = { rule: Object.keys(rules.en), fact: Object.keys(facts.en), factor: Object.keys(factors) };
