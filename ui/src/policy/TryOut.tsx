/** What would be decided about a made-up action now: nothing runs and nothing is recorded. */
import { Button, TextField } from "@mui/material";
import { useState } from "react";
import { levelOf } from "../api/types";
import { Failure } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import type { EvaluateResponse } from "./calls";
import { Lock } from "./Lock";
import styles from "./policy.module.css";
import { t } from "./texts";
import { useCalls } from "./usePolicy";
import { ruleWords, score } from "../shell/words";
import { inWords } from "../words/server";

const DECIDED = { AUTO: "lane_auto", APPROVAL: "would_asked", BLOCKED: "lane_block" } as const;
const decidedWords = (decision: string): string => (Object.hasOwn(DECIDED, decision) ? t(DECIDED[decision as keyof typeof DECIDED]) : decision);

const FIELDS = ["action_type", "command", "repo", "branch", "environment"] as const;

export function TryOut({ saved }: { saved: boolean }) {
  const calls = useCalls();
  const [values, setValues] = useState<Record<string, string>>({ action_type: "command_run" });
  const [found, setFound] = useState<EvaluateResponse | null>(null);
  const [error, setError] = useState<unknown>(null);
  const ask = () => {
    const { action_type: kind = "", ...rest } = values;
    const context = Object.fromEntries(Object.entries(rest).filter(([, text]) => text.trim() !== ""));
    setError(null);
    calls.tryOut({ action_type: kind.trim(), context }).then(setFound, setError);
  };
  return (
    <details className={styles.history}>
      <summary>{t("try_out")}</summary>
      <p className={styles.meaning}>{saved ? t("try_what") : t("try_saved_only")}</p>
      <form
        className={styles.grid}
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        {FIELDS.map((name) => (
          <TextField
            key={name}
            label={t(`try_${name}`)}
            value={values[name] ?? ""}
            required={name === "action_type"}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
            slotProps={{ htmlInput: { spellCheck: false } }}
          />
        ))}
        <Button type="submit" variant="outlined" sx={{ justifySelf: "start" }}>{t("try_ask")}</Button>
      </form>
      {error !== null && <Failure error={error} onRetry={ask} />}
      <div role="status">
        {found && error === null && (
          <>
            <p>
              <b data-testid="tried">{decidedWords(found.decision)}</b> <LevelMark level={levelOf(found.level)} /> {score(found.risk_score)} · {ruleWords(found.rule)}
            </p>
            <ul>
              {found.reasons.map((reason) => (
                <li key={reason}>
                  <VisibleText text={inWords(found.words, reason)} />
                </li>
              ))}
              {found.guardrails?.map(({ id, reason, instead }) => (
                <li key={id}>
                  <Lock /> <code>{id}</code> <VisibleText text={`${inWords(found.words, reason)} ${inWords(found.words, instead ?? "")}`.trim()} />
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </details>
  );
}
