/** The record's filters; what is chosen stands in the address. */
import { Button } from "@mui/material";
import { useEffect, useState, type RefObject } from "react";
import { LEVELS } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { KINDS, kindWords } from "./kinds";
import { ruleWords } from "../shell/words";
import { BYPASSES, DECISIONS, OUTCOMES, isFiltered, NO_FILTERS, type Filters } from "./filters";
import styles from "./record.module.css";
import { t } from "./texts";

/** A word being typed is looked for after this pause. */
const PAUSE_MS = 250;

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
  finder: RefObject<HTMLInputElement | null>;
}

export function Search({ filters, onChange, finder }: Props) {
  const set = (name: keyof Filters, value: string) => onChange({ ...filters, [name]: value });
  return (
    <div role="search" className={styles.search}>
      <Typed label={t("search_label")} type="search" name="q" filters={filters} onChange={onChange} finder={finder} />
      <select aria-label={t("kind")} value={filters.kind} onChange={(event) => set("kind", event.target.value)}>
        <option value="">{t("all_kinds")}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kindWords(kind)}
          </option>
        ))}
      </select>
      <select aria-label={t("level")} value={filters.level} onChange={(event) => set("level", event.target.value)}>
        <option value="">{t("all_levels")}</option>
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {LEVEL_WORDS[level]}
          </option>
        ))}
      </select>
      <select aria-label={t("decided")} value={filters.decision} onChange={(event) => set("decision", event.target.value)}>
        <option value="">{t("all_decisions")}</option>
        {DECISIONS.map((decision) => (
          <option key={decision} value={decision}>
            {t(`decided_${decision}`)}
          </option>
        ))}
      </select>
      <select aria-label={t("outcome")} value={filters.outcome} onChange={(event) => set("outcome", event.target.value)}>
        <option value="">{t("all_outcomes")}</option>
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t(`outcome_${outcome}`)}
          </option>
        ))}
      </select>
      <select aria-label={t("bypass")} value={filters.bypass} onChange={(event) => set("bypass", event.target.value)}>
        <option value="">{t("all_bypasses")}</option>
        {BYPASSES.map((bypass) => (
          <option key={bypass} value={bypass}>
            {t(`bypass_${bypass}`)}
          </option>
        ))}
        {filters.bypass !== "" && !(BYPASSES as readonly string[]).includes(filters.bypass) && (
          <option value={filters.bypass}>{t("bypass_named", { id: filters.bypass.slice(-6) })}</option>
        )}
      </select>
      {filters.rule !== "" && (
        <button type="button" className={styles.chosen} aria-label={t("without_rule", { rule: ruleWords(filters.rule) })} onClick={() => set("rule", "")}>
          {t("of_rule", { rule: ruleWords(filters.rule) })} <span aria-hidden="true">✕</span>
        </button>
      )}
      <Typed label={t("repo")} name="repo" filters={filters} onChange={onChange} />
      <Typed label={t("person")} name="user" filters={filters} onChange={onChange} />
      <Typed label={t("agent")} name="agent" filters={filters} onChange={onChange} />
      {(["from", "to"] as const).map((name) => (
        <label key={name} className={styles.end}>
          {t(name)}
          <input type="date" value={filters[name]} onChange={(event) => set(name, event.target.value)} />
        </label>
      ))}
      {isFiltered(filters) && (
        <Button
          size="small"
          onClick={() => onChange(NO_FILTERS)}
        >
          {t("clear")}
        </Button>
      )}
    </div>
  );
}

interface TypedProps {
  label: string;
  type?: string;
  name: "q" | "repo" | "user" | "agent";
  filters: Filters;
  onChange: (filters: Filters) => void;
  finder?: RefObject<HTMLInputElement | null>;
}

/** A text that becomes a filter when the person pauses or presses Enter. */
function Typed({ label, type = "text", name, filters, onChange, finder }: TypedProps) {
  const given = filters[name];
  const [text, setText] = useState(given);
  const [seen, setSeen] = useState(given);
  if (given !== seen) {
    setSeen(given);
    setText(given);
  }
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => onChange({ ...filters, [name]: text }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, given, name, filters, onChange]);
  return (
    <input
      ref={finder}
      type={type}
      data-testid={`record-${name}`}
      aria-label={label}
      placeholder={name === "q" ? t("search_hint") : label}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}
