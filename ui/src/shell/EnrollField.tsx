/** A field of enrolment: what is wrong with it takes the place of its hint. */
import { TextField } from "@mui/material";

interface Props {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  fault: string | null;
  hint?: string;
  secret?: boolean;
}

export function EnrollField({ id, label, value, onChange, fault, hint, secret = false }: Props) {
  return (
    <TextField
      id={id}
      label={label}
      type={secret ? "password" : "text"}
      autoComplete={secret ? "new-password" : "off"}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={fault !== null}
      helperText={fault ?? hint}
      slotProps={{ htmlInput: { "data-testid": id, spellCheck: false } }}
    />
  );
}
