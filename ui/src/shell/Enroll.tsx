/** First start: makes this machine (or this browser) a device that can vote. */
import { Alert, Button, Checkbox, FormControlLabel, TextField } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { explain, type ApiError } from "../api/problem";
import type { ConsoleState, Enrollment } from "../api/types";
import { STATE, useParts } from "../state/console";
import { forgetCode } from "../state/route";
import { deviceName, linkParts, passphraseFault } from "./enrollment";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

function useEnroll() {
  const { client } = useParts();
  const cache = useQueryClient();
  return useMutation<ConsoleState, ApiError, Enrollment>({
    mutationFn: (form) => client.transport.enroll(form),
    onSuccess: async (state) => {
      await cache.cancelQueries({ queryKey: STATE });
      cache.setQueryData(STATE, state);
      await cache.invalidateQueries({ queryKey: ["approvals"] });
    },
  });
}

export function Enroll({ code }: { code: string }) {
  const { client } = useParts();
  return client.transport.kind === "web" ? <WebEnroll code={code} /> : <DesktopEnroll opened={code} />;
}

function Title({ children }: { children: string }) {
  return (
    <h1>
      <Mark size={30} /> {children}
    </h1>
  );
}

/** The one-time link does it all: no form, one attempt. */
function WebEnroll({ code }: { code: string }) {
  const enroll = useEnroll();
  const started = useRef(false);
  const { mutate } = enroll;
  useEffect(() => {
    if (code === "" || started.current) return;
    started.current = true;
    mutate({ invite: code, name: deviceName(navigator.userAgent, "web"), shared: false }, { onSuccess: forgetCode });
  }, [code, mutate]);

  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="enroll-form">
        <Title>{enroll.isPending ? "Enrolling this browser" : "This browser is not enrolled"}</Title>
        {enroll.isPending && (
          <p role="status">A key is made in this browser. It never leaves it, and every vote is signed with it.</p>
        )}
        {enroll.isError && (
          <Alert severity="error" variant="outlined">
            {explain(enroll.error.code, enroll.error.message)}
          </Alert>
        )}
        {!enroll.isPending && (
          <p>
            Open a one-time link to use this page. An approver makes it in the desktop console, or an administrator with{" "}
            <code>navi-server web-link</code>. A link works once, for one minute.
          </p>
        )}
      </div>
    </main>
  );
}

/** `opened` is a link that was clicked on this desktop; it fills the form and enrols nothing by itself. */
function DesktopEnroll({ opened }: { opened: string }) {
  const enroll = useEnroll();
  const [link, setLink] = useState(opened);
  const [url, setUrl] = useState("");
  const [name, setName] = useState(() => deviceName(navigator.userAgent, "desktop"));
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [shared, setShared] = useState(true);
  const [tried, setTried] = useState(false);

  const parts = linkParts(link);
  const faults = {
    link: link.trim() === "" ? "Paste the invite link you were given." : null,
    url: parts === "invite" && !/^https?:\/\/\S+$/.test(url.trim()) ? "The server’s address, such as https://navi.example.com" : null,
    name: name.trim() === "" ? "Give this device a name." : null,
    passphrase: passphrase === "" ? null : passphraseFault(passphrase),
    again: passphrase === again ? null : "The two passphrases differ.",
  };
  const told = (fault: string | null) => (tried ? fault : null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).some((fault) => fault !== null)) return;
    const secret = passphrase === "" ? {} : { passphrase };
    const where = parts === "link" ? { link: link.trim() } : { invite: link.trim(), url: url.trim() };
    enroll.mutate({ ...where, ...secret, name: name.trim(), shared });
  };

  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Title>Enrol this console</Title>
        <p>Your votes are signed with a key that is made here and kept in this machine’s keyring.</p>
        <form onSubmit={submit} noValidate data-testid="enroll-form" aria-label="Enrol this console">
          <fieldset disabled={enroll.isPending}>
            <Field id="enroll-link" label="Invite link" value={link} onChange={setLink} fault={told(faults.link)} />
            {parts === "invite" && (
              <Field id="enroll-url" label="Server address" value={url} onChange={setUrl} fault={told(faults.url)} />
            )}
            <Field id="enroll-name" label="Device name" value={name} onChange={setName} fault={told(faults.name)} />
            <Field
              id="enroll-passphrase"
              label="Step-up passphrase"
              secret
              value={passphrase}
              onChange={setPassphrase}
              fault={told(faults.passphrase)}
              hint="For high and critical risk. At least 10 characters, not digits only. Leave empty to decide low and medium only."
            />
            <Field
              id="enroll-passphrase-again"
              label="Passphrase again"
              secret
              value={again}
              onChange={setAgain}
              fault={told(faults.again)}
            />
            <FormControlLabel
              control={
                <Checkbox
                  checked={shared}
                  onChange={(_, checked) => setShared(checked)}
                  slotProps={{ input: { "data-testid": "enroll-shared" } as object }}
                />
              }
              label="Agents run on this machine"
            />
            <p>A program of the same user can read the keyring, so such a device may approve less.</p>
            {enroll.isError && (
              <Alert severity="error" variant="outlined">
                {explain(enroll.error.code, enroll.error.message)}
              </Alert>
            )}
            <Button type="submit" variant="contained" size="large" data-testid="enroll-submit">
              {enroll.isPending ? "Making keys…" : "Enrol"}
            </Button>
          </fieldset>
        </form>
      </div>
    </main>
  );
}

interface FieldProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  fault: string | null;
  hint?: string;
  secret?: boolean;
}

function Field({ id, label, value, onChange, fault, hint, secret = false }: FieldProps) {
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
