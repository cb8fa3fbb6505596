/** What people say about a request, what they ask the agent, and what it answers; and who looks at it. */
import { Button, TextField } from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { ApprovalView, ConsoleState } from "../api/types";
import { mayDecide } from "../decide/eligibility";
import { clockTime } from "../state/clock";
import { APPROVALS, approvalKey, useParts } from "../state/console";
import { goTo } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Section } from "./Section";

interface Props {
  view: ApprovalView;
  console: ConsoleState | undefined;
  /** The command of the action, if it has one: it can be edited. */
  command: string | undefined;
}

export function Discussion({ view, console, command }: Props) {
  const { client } = useParts();
  const cache = useQueryClient();
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<string | null>(null);
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
  const problem = act.error ? asApiError(act.error) : null;
  const said = text.trim();
  const answers = (id: string) => remarks.filter((remark) => remark.answers_to === id);
  if (remarks.length === 0 && !open) return null;

  return (
    <Section title="Discussion" aside={view.extended ? "its time was extended once" : undefined}>
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
            label="Comment or question"
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "remark", maxLength: 2000 } }}
          />
          <Button disabled={said === "" || act.isPending} onClick={() => act.mutate(() => client.comment(view.id, said))}>
            Comment
          </Button>
          {decides && (
            <Button
              data-testid="ask-agent"
              disabled={said === "" || act.isPending}
              onClick={() => act.mutate(() => client.ask(view.id, said))}
            >
              Ask the agent
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
            {mine ? "Release" : view.claimed_by ? `Take over from ${view.claimed_by.user}` : "I am on it"}
          </Button>
          {!view.extended && (
            <Button disabled={act.isPending} onClick={() => act.mutate(() => client.extend(view.id, 3600))}>
              One hour more
            </Button>
          )}
          {command !== undefined && edited === null && (
            <Button data-testid="edit-command" onClick={() => setEdited(command)}>
              Edit the command…
            </Button>
          )}
        </div>
      )}
      {decides && edited !== null && (
        <div className={styles.ask}>
          <TextField
            multiline
            size="small"
            label="Command that may run instead"
            value={edited}
            onChange={(event) => setEdited(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "edited-command", spellCheck: false } }}
          />
          <TextField
            size="small"
            label="Why (the agent is told)"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button
            disabled={said === "" || edited === command || act.isPending}
            onClick={() =>
              act.mutate(async () => {
                const next = await client.edit(view.id, edited, said);
                setEdited(null);
                goTo(next.id);
              })
            }
          >
            Ask for this instead
          </Button>
          <Button color="inherit" onClick={() => setEdited(null)}>
            Keep it
          </Button>
        </div>
      )}
      {problem && <p role="alert">{explain(problem.code, problem.message)}</p>}
    </Section>
  );
}

function Said({ remark }: { remark: NonNullable<ApprovalView["discussion"]>[number] }) {
  const words: Record<string, string> = { question: "asks", answer: "answers", comment: "says" };
  return (
    <>
      {remark.user} {words[remark.kind] ?? remark.kind} ({clockTime(remark.at)}): “<VisibleText text={remark.text} />”
    </>
  );
}
