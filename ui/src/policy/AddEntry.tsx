/** A further action type or a pattern for one of the lists. */
import { Button, MenuItem, TextField } from "@mui/material";
import { useState } from "react";
import { issueOf, spelled, type Draft, type Lane } from "./draft";
import { laneWords } from "./lines";
import styles from "./policy.module.css";
import { t } from "./texts";

const LISTS = ["auto", "ask", "block"] as const;
const WORDS = { empty: "entry_empty", long: "entry_long", listed: "entry_listed" } as const;

export function AddEntry({ draft, types, onAdd }: { draft: Draft; types: string[]; onAdd: (entry: string, lane: Lane) => void }) {
  const [text, setText] = useState("");
  const [lane, setLane] = useState<(typeof LISTS)[number]>("ask");
  const [tried, setTried] = useState(false);
  const issue = issueOf(draft, text);
  const entry = spelled(text);
  const shows = issue !== null && (tried || issue !== "empty");
  const hint = entry !== "" && !entry.includes("*") && !types.includes(entry) ? t("unknown_type") : t("entry_hint");
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (issue !== null) return;
        onAdd(entry, lane);
        setText("");
        setTried(false);
      }}
    >
      <TextField
        label={t("entry")}
        value={text}
        error={shows}
        helperText={shows && issue !== null ? t(WORDS[issue]) : hint}
        onChange={(event) => setText(event.target.value)}
        slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: "none" } }}
      />
      <TextField select label={t("list")} value={lane} onChange={(event) => setLane(event.target.value as typeof lane)} helperText=" ">
        {LISTS.map((name) => (
          <MenuItem key={name} value={name}>
            {laneWords(name)}
          </MenuItem>
        ))}
      </TextField>
      <Button type="submit" variant="outlined">
        {t("add")}
      </Button>
    </form>
  );
}
