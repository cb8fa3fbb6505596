/** First start: makes this machine (or this browser) a device that can vote. */
import { Alert } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { explain, type ApiError } from "../api/problem";
import type { ConsoleState, Enrollment, ServerSeen } from "../api/types";
import { STATE, useParts } from "../state/console";
import { forgetAsked, goToSheet } from "../state/route";
import { Say } from "../words/Say";
import { EnrollDevice } from "./EnrollDevice";
import { EnrollServer, type Invitation } from "./EnrollServer";
import { deviceName } from "./enrollment";
import { t } from "./enroll.texts";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

/** `onEnrolled` is heard even if the form is gone by then: the console may say that it is enrolled before its answer is here. */
function useEnroll(onEnrolled: () => void) {
  const { client } = useParts();
  const cache = useQueryClient();
  return useMutation<ConsoleState, ApiError, Enrollment>({
    mutationFn: (form) => client.transport.enroll(form),
    onSuccess: async (state) => {
      onEnrolled();
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
  const enroll = useEnroll(forgetAsked);
  const started = useRef(false);
  const { mutate } = enroll;
  useEffect(() => {
    if (code === "" || started.current) return;
    started.current = true;
    mutate({ invite: code, name: deviceName(navigator.userAgent, "web"), shared: false });
  }, [code, mutate]);

  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="enroll-form">
        <Title>{t(enroll.isPending ? "web_busy" : "web_none")}</Title>
        {enroll.isPending && <p role="status">{t("web_busy_text")}</p>}
        {enroll.isError && (
          <Alert severity="error" variant="outlined">
            {explain(enroll.error.code, enroll.error.message)}
          </Alert>
        )}
        {!enroll.isPending && (
          <p>
            <Say text={t("web_how")} parts={{ command: <code key="command">navi-server web-link</code> }} />
          </p>
        )}
      </div>
    </main>
  );
}

/** `opened` is a link that was clicked on this desktop; it fills the form and asks nobody by itself. */
function DesktopEnroll({ opened }: { opened: string }) {
  const enroll = useEnroll(() => goToSheet("settings", "first-run"));
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [server, setServer] = useState<ServerSeen | null>(null);
  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="enroll-form">
        <Title>{t("title")}</Title>
        <p>{t("intro")}</p>
        <p className={styles.step}>{t("step", { n: server === null ? 1 : 2 })}</p>
        {server === null || invitation === null ? (
          <EnrollServer
            known={invitation ?? { link: opened, url: "" }}
            onSeen={(asked, seen) => {
              enroll.reset();
              setInvitation(asked);
              setServer(seen);
            }}
          />
        ) : (
          <EnrollDevice
            server={server}
            busy={enroll.isPending}
            error={enroll.error}
            onBack={() => setServer(null)}
            onEnroll={(device) => {
              const where = invitation.url === "" ? { link: invitation.link } : { invite: invitation.link, url: invitation.url };
              enroll.mutate({ ...where, ...device, vkey: server.vkey });
            }}
          />
        )}
      </div>
    </main>
  );
}
