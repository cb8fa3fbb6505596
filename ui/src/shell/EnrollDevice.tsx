/** Step 2: the server as it introduced itself, then this device: its name, its passphrase, whether agents are near. */
import { Alert, Button, Checkbox, FormControlLabel } from "@mui/material";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { explain, type ApiError } from "../api/problem";
import type { Enrollment, ServerSeen } from "../api/types";
import { EnrollField } from "./EnrollField";
import { deviceName, passphraseFault } from "./enrollment";
import { t } from "./enroll.texts";
import styles from "./shell.module.css";

interface Props {
  server: ServerSeen;
  busy: boolean;
  error: ApiError | null;
  onBack: () => void;
  onEnroll: (device: Pick<Enrollment, "name" | "passphrase" | "shared">) => void;
}

export function EnrollDevice({ server, busy, error, onBack, onEnroll }: Props) {
  const [compared, setCompared] = useState(false);
  const [name, setName] = useState(() => deviceName(navigator.userAgent, "desktop"));
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [shared, setShared] = useState(true);
  const [tried, setTried] = useState(false);
  const weak = passphrase === "" ? null : passphraseFault(passphrase);
  const faults = {
    compared: server.pinned || compared ? null : t("compare_missing"),
    name: name.trim() === "" ? t("name_missing") : null,
    passphrase: weak === null ? null : t(weak),
    again: passphrase === again ? null : t("differ"),
  };
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // What becomes of it stands at the button, which may be below the window's edge.
    if (busy || error !== null) button.current?.scrollIntoView({ block: "nearest" });
  }, [busy, error]);
  const told = (fault: string | null) => (tried ? fault : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).some((fault) => fault !== null)) return;
    onEnroll({ name: name.trim(), shared, ...(passphrase === "" ? {} : { passphrase }) });
  };
  return (
    <form onSubmit={submit} noValidate aria-label={t("title")}>
      <fieldset disabled={busy}>
        <Server server={server} onBack={onBack} />
        {!server.pinned && (
          <>
            <FormControlLabel
              control={
                <Checkbox
                  checked={compared}
                  onChange={(_, checked) => setCompared(checked)}
                  slotProps={{ input: { "data-testid": "enroll-compared" } as object }}
                />
              }
              label={t("compared")}
            />
            {told(faults.compared) !== null && <Alert severity="error">{faults.compared}</Alert>}
          </>
        )}
        <EnrollField id="enroll-name" label={t("name")} value={name} onChange={setName} fault={told(faults.name)} hint={t("name_hint")} />
        <EnrollField
          id="enroll-passphrase"
          label={t("passphrase")}
          secret
          value={passphrase}
          onChange={setPassphrase}
          fault={told(faults.passphrase)}
          hint={t("passphrase_hint")}
        />
        <EnrollField id="enroll-passphrase-again" label={t("again")} secret value={again} onChange={setAgain} fault={told(faults.again)} />
        <FormControlLabel
          control={
            <Checkbox
              checked={shared}
              onChange={(_, checked) => setShared(checked)}
              slotProps={{ input: { "data-testid": "enroll-shared", "aria-describedby": "enroll-shared-why" } as object }}
            />
          }
          label={t("shared")}
        />
        <p id="enroll-shared-why">{t("shared_why")}</p>
        {error !== null && (
          <Alert severity="error" variant="outlined">
            {explain(error.code, error.message)}
          </Alert>
        )}
        <Button ref={button} type="submit" variant="contained" size="large" data-testid="enroll-submit">
          {t(busy ? "making" : "enrol")}
        </Button>
      </fieldset>
    </form>
  );
}

/** Takes the focus when it appears: the step before it is gone. */
function Server({ server, onBack }: { server: ServerSeen; onBack: () => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <section className={styles.server} data-testid="enroll-server" data-pinned={server.pinned}>
      <h2 ref={head} tabIndex={-1}>
        {t("server")}
      </h2>
      <dl>
        <dt>{t("address")}</dt>
        <dd>{server.url}</dd>
        <dt>{t("organisation")}</dt>
        <dd>{server.org}</dd>
        <dt>{t("fingerprint")}</dt>
        <dd>
          <code data-testid="enroll-fingerprint">{server.fingerprint}</code>
        </dd>
      </dl>
      <p>{t(server.pinned ? "pinned" : "compare")}</p>
      {!server.private && <Alert severity="warning">{t("open_way")}</Alert>}
      <Button size="small" onClick={onBack} data-testid="enroll-back">
        {t("other")}
      </Button>
    </section>
  );
}
