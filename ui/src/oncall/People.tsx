/** People in turn: added, moved and taken out by buttons, so that the order needs no dragging. */
import { Autocomplete, Button, TextField } from "@mui/material";
import { useState } from "react";
import { VisibleText } from "../text/VisibleText";
import styles from "./oncall.module.css";
import { t } from "./texts";

interface Props {
  people: string[];
  known: string[];
  onChange: (people: string[]) => void;
}

export function People({ people, known, onChange }: Props) {
  const [name, setName] = useState("");
  const add = () => {
    const added = name.trim();
    if (added === "") return;
    onChange([...people, added]);
    setName("");
  };
  return (
    <div className={styles.people}>
      <ol className={styles.peopleList} aria-label={t("people")}>
        {people.map((person, at) => {
          const who = `${at + 1}. ${person}`;
          return (
            // A person may take more than one turn of a round; the place tells them apart.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={`${at}-${person}`} data-testid="rota-person">
              <VisibleText text={person} />
              <span>
                <Button size="small" aria-label={t("up", { who })} disabled={at === 0} onClick={() => onChange(swapped(people, at, at - 1))}>
                  ↑
                </Button>
                <Button size="small" aria-label={t("down", { who })} disabled={at === people.length - 1} onClick={() => onChange(swapped(people, at, at + 1))}>
                  ↓
                </Button>
                <Button size="small" color="error" aria-label={t("drop", { who })} onClick={() => onChange(people.filter((_, other) => other !== at))}>
                  ×
                </Button>
              </span>
            </li>
          );
        })}
      </ol>
      <div className={styles.addRow}>
        <Autocomplete
          freeSolo
          fullWidth
          size="small"
          options={known.filter((person) => !people.includes(person))}
          inputValue={name}
          onInputChange={(_, text) => setName(text)}
          renderInput={(params) => (
            <TextField
              {...params}
              label={t("person_n", { n: people.length + 1 })}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                // It adds a person; the form is sent by its own button.
                event.preventDefault();
                add();
              }}
              slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, "data-testid": "rota-add" } }}
            />
          )}
        />
        <Button variant="outlined" onClick={add} disabled={name.trim() === ""}>
          {t("add_person")}
        </Button>
      </div>
    </div>
  );
}

function swapped(people: string[], a: number, b: number): string[] {
  const next = [...people];
  const [first, second] = [people[a], people[b]];
  if (first === undefined || second === undefined) return people;
  next[a] = second;
  next[b] = first;
  return next;
}
