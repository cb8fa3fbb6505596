/** What people say about a request, what they ask the agent, and what it answers; and who looks at it. */
import { Button, TextField } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView, ConsoleState } from "../api/types";
import { mayDecide } from "../decide/eligibility";
import { clockTime } from "../state/clock";
import { APPROVALS, approvalKey, useParts } from "../state/console";
import { goTo } from "../state/route";
import { useCommands } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts";

interface Props {
  view: ApprovalView;
  console: ConsoleState | undefined;
  /** The command of the action, if it has one: it can be edited. */
  command: string | undefined;
}

export function Discussion({ view, console, command }: Props) {
  const { client } = useParts();
  const cache = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<string | null>(null);
  const [why, setWhy] = useState("");
  const remarks = view.discussion ?? [];
  const open = view.status === "pending" && console?.online === true;
  const decides = open && mayDecide(console);
  const mine = view.claimed_by?.user === console?.user;
  const act = useMutation({
    mutationFn: (doing: () => Promise<unknown>) => doing(),
    onSuccess: () => {
      setText("");
      return Promise.all(
        [APPROVALS, approvalKey(view.id)].map((queryKey) => cache.invalidateQueries({ queryKey })),
      );
    },
  });
  useCommands(open ? [{ keys: "c", words: t("talk_key"), run: () => input.current?.focus() }] : []);
  const problem = act.error ? asApiError(act.error) : null;
  const said = text.trim();
  const answers = (id: string) => remarks.filter((remark) => remark.answers_to === id);
  if (remarks.length === 0 && !open) return null;

  return (
    <Section title={t("talk")} aside={view.extended ? t("talk_extended") : undefined}>
      <ul className={styles.talk} data-testid="discussion">
        {remarks
          .filter((remark) => !remark.answers_to)
          .map((remark) => (
            <li key={remark.id}>
              <Said remark={remark} />
              {answers(remark.id).length > 0 && (
                <ul>
                  {answers(remark.id).map((answer) => (
                    <li key={answer.id}>
                      <Said remark={answer} />
                    </li>
                  ))}
                </ul>
              )}
            </li>
          ))}
      </ul>
      {open && (
        <div className={styles.ask}>
          <TextField
            size="small"
            label={t("talk_text")}
            inputRef={input}
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "remark", maxLength: 2000 } }}
          />
          <Button disabled={said === "" || act.isPending} onClick={() => act.mutate(() => client.comment(view.id, said))}>
            {t("talk_comment")}
          </Button>
          {decides && (
            <Button
              data-testid="ask-agent"
              disabled={said === "" || act.isPending}
              onClick={() => act.mutate(() => client.ask(view.id, said))}
            >
              {t("talk_ask")}
            </Button>
          )}
        </div>
      )}
      {decides && (
        <div className={styles.ask}>
          <Button
            data-testid="claim"
            disabled={act.isPending}
            onClick={() => act.mutate(() => (mine ? client.release(view.id) : client.claim(view.id, Boolean(view.claimed_by))))}
          >
            {mine ? t("talk_release") : view.claimed_by ? t("talk_take_over", { who: view.claimed_by.user }) : t("talk_claim")}
          </Button>
          {!view.extended && (
            <Button disabled={act.isPending} onClick={() => act.mutate(() => client.extend(view.id, 3600))}>
              {t("talk_extend")}
            </Button>
          )}
          {command !== undefined && edited === null && (
            <Button data-testid="edit-command" onClick={() => setEdited(command)}>
              {t("talk_edit")}
            </Button>
          )}
        </div>
      )}
      {decides && edited !== null && (
        <div className={styles.ask}>
          <TextField
            multiline
            size="small"
            label={t("talk_instead")}
            value={edited}
            onChange={(event) => setEdited(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "edited-command", spellCheck: false } }}
          />
          <TextField
            size="small"
            label={t("talk_why")}
            value={why}
            onChange={(event) => setWhy(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "edited-why", maxLength: 2000 } }}
          />
          <Button
            disabled={why.trim() === "" || edited === command || act.isPending}
            onClick={() =>
              act.mutate(async () => {
                const next = await client.edit(view.id, edited, why.trim());
                setEdited(null);
                goTo(next.id);
              })
            }
          >
            {t("talk_send")}
          </Button>
          <Button color="inherit" onClick={() => setEdited(null)}>
            {t("talk_keep")}
          </Button>
        </div>
      )}
      {problem && <p role="alert">{explain(problem.code, problem.message)}</p>}
    </Section>
  );
}

function Said({ remark }: { remark: NonNullable<ApprovalView["discussion"]>[number] }) {
  const values = { who: remark.user, at: clockTime(remark.at) };
  const said = { question: t("talk_question", values), answer: t("talk_answer", values) }[remark.kind] ?? t("talk_says", values);
  return <Say text={said} parts={{ text: <VisibleText text={remark.text} /> }} />;
}
