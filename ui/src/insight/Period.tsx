/** What is looked at: period and repository. Every choice goes to the address. */
import { Button } from "@mui/material";
import { useState } from "react";
import styles from "./insight.module.css";
import { PERIODS, type Asked } from "./period";
import { t } from "./texts";

const EMPTY = { from: "", to: "" };

export function Period({ asked, onChange }: { asked: Asked; onChange: (asked: Asked) => void }) {
  const [repo, setRepo] = useState(asked.repo);
  const [seen, setSeen] = useState(asked.repo);
  if (asked.repo !== seen) {
    setSeen(asked.repo);
    setRepo(asked.repo);
  }
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
      <input
        aria-label={t("repo")}
        placeholder={t("all_repos")}
        value={repo}
        onChange={(event) => setRepo(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && onChange({ ...asked, repo })}
        onBlur={() => repo !== asked.repo && onChange({ ...asked, repo })}
      />
      {(own || asked.repo !== "") && (
        <Button size="small" onClick={() => onChange({ ...asked, ...EMPTY, repo: "" })}>
          {t("clear")}
        </Button>
      )}
      {wrong && <p role="alert">{t("range_bad")}</p>}
    </div>
  );
}
