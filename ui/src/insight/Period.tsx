/** What is looked at: period, repository and agent. Every choice goes to the address. */
import { Button } from "@mui/material";
import { useState } from "react";
import styles from "./insight.module.css";
import { PERIODS, type Asked } from "./period";
import { t } from "./texts";

const EMPTY = { from: "", to: "" };

export function Period({ asked, onChange }: { asked: Asked; onChange: (asked: Asked) => void }) {
  const wrong = asked.from !== "" && asked.to !== "" && asked.from > asked.to;
  const own = asked.from !== "" || asked.to !== "";
  return (
    <div role="search" aria-label={t("period")} className={styles.period}>
      <select
        aria-label={t("period")}
        value={own ? "own" : String(asked.days)}
        onChange={(event) => event.target.value !== "own" && onChange({ ...asked, ...EMPTY, days: Number(event.target.value) })}
      >
        {PERIODS.map((days) => (
          <option key={days} value={days}>
            {t("days", { n: days })}
          </option>
        ))}
        {own && <option value="own">{t("own")}</option>}
      </select>
      <label>
        {t("from")}
        <input type="date" value={asked.from} onChange={(event) => onChange({ ...asked, from: event.target.value })} />
      </label>
      <label>
        {t("to")}
        <input type="date" value={asked.to} aria-invalid={wrong} onChange={(event) => onChange({ ...asked, to: event.target.value })} />
      </label>
      <Named label={t("repo")} hint={t("all_repos")} given={asked.repo} onChange={(repo) => onChange({ ...asked, repo })} />
      <Named label={t("agent")} hint={t("all_agents")} given={asked.agent} onChange={(agent) => onChange({ ...asked, agent })} />
      {(own || asked.repo !== "" || asked.agent !== "") && (
        <Button size="small" onClick={() => onChange({ ...asked, ...EMPTY, repo: "", agent: "" })}>
          {t("clear")}
        </Button>
      )}
      {wrong && <p role="alert">{t("range_bad")}</p>}
    </div>
  );
}

/** A name that becomes a filter with Enter, or when the field is left. */
function Named({ label, hint, given, onChange }: { label: string; hint: string; given: string; onChange: (name: string) => void }) {
  const [name, setName] = useState(given);
  const [seen, setSeen] = useState(given);
  if (given !== seen) {
    setSeen(given);
    setName(given);
  }
  return (
    <input
      aria-label={label}
      placeholder={hint}
      value={name}
      onChange={(event) => setName(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && onChange(name)}
      onBlur={() => name !== given && onChange(name)}
    />
  );
}
