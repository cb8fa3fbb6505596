/** Numbers that a scope may change: what is in force beside each, and where it comes from. */
import { TextField } from "@mui/material";
import type { ReactNode } from "react";
import styles from "./policy.module.css";

export interface Field {
  name: string;
  label: string;
  /** What counts while nothing is written here; empty: nothing can be inherited. */
  inherited: string;
  value: string;
  /** Below the field, while nothing is wrong. */
  hint: string;
  /** Why the value is refused; `null`: fine. */
  bad: string | null;
  /** Only these can be chosen. */
  options?: { value: string; words: string }[];
}

interface Props {
  title: string;
  hint: string;
  fields: Field[];
  disabled: boolean;
  onChange: (name: string, value: string) => void;
  /** Below the fields. */
  children?: ReactNode;
}

export function Fields({ title, hint, fields, disabled, onChange, children }: Props) {
  return (
    <fieldset className={styles.fields}>
      <legend>{title}</legend>
      <p className={styles.meaning}>{hint}</p>
      <div className={styles.grid}>
        {fields.map(({ name, label, inherited, value, bad, options, ...field }) => (
          <TextField
            key={name}
            label={label}
            value={value}
            disabled={disabled}
            error={bad !== null}
            placeholder={inherited}
            helperText={bad ?? field.hint}
            onChange={(event) => onChange(name, event.target.value)}
            select={options !== undefined}
            slotProps={{ select: { native: true }, inputLabel: { shrink: true }, htmlInput: { spellCheck: false } }}
          >
            {options?.map((option) => (
              <option key={option.value} value={option.value}>
                {option.words}
              </option>
            ))}
          </TextField>
        ))}
      </div>
      {children}
    </fieldset>
  );
}
