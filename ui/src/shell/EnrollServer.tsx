/** Step 1: the invite, and a look at the server it leads to. The invite itself is not sent yet. */
import { Alert, Button } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { explain, type ApiError } from "../api/problem";
import type { ServerSeen } from "../api/types";
import { useParts } from "../state/console";
import { EnrollField } from "./EnrollField";
import { linkParts } from "./enrollment";
import { t } from "./enroll.texts";

/** What was typed: a link, or a bare invite with the server's address. */
export interface Invitation {
  link: string;
  /** Empty with a link. */
  url: string;
}

interface Props {
  known: Invitation;
  onSeen: (invitation: Invitation, server: ServerSeen) => void;
}

export function EnrollServer({ known, onSeen }: Props) {
  const { machine } = useParts().client.transport;
  const [link, setLink] = useState(known.link);
  const [url, setUrl] = useState(known.url);
  const [tried, setTried] = useState(false);
  const bare = linkParts(link) === "invite";
  const faults = {
    link: link.trim() === "" ? t("link_missing") : null,
    url: bare && !/^https?:\/\/\S+$/.test(url.trim()) ? t("url_missing") : null,
  };
  const look = useMutation<ServerSeen | undefined, ApiError, Invitation>({
    mutationFn: async (asked) => machine?.examine(asked.url === "" ? { link: asked.link } : { url: asked.url }),
    onSuccess: (server, asked) => server && onSeen(asked, server),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (faults.link !== null || faults.url !== null) return;
    look.mutate({ link: link.trim(), url: bare ? url.trim() : "" });
  };
  return (
    <form onSubmit={submit} noValidate aria-label={t("title")}>
      <fieldset disabled={look.isPending}>
        <EnrollField id="enroll-link" label={t("link")} value={link} onChange={setLink} fault={tried ? faults.link : null} hint={t("link_hint")} />
        {bare && <EnrollField id="enroll-url" label={t("url")} value={url} onChange={setUrl} fault={tried ? faults.url : null} />}
        {look.isError && (
          <Alert severity="error" variant="outlined">
            {explain(look.error.code, look.error.message)}
          </Alert>
        )}
        <Button type="submit" variant="contained" size="large" data-testid="enroll-next">
          {t(look.isPending ? "looking" : "look")}
        </Button>
      </fieldset>
    </form>
  );
}
