/** Draws foreign text as plain text, with everything hidden in it spelled out. Never markup, never a link. */
import { memo } from "react";
import styles from "./text.module.css";
import { t } from "./texts";
import { segments, warningAbout } from "./visible";

/** Inline text from outside. Its direction cannot reach what stands around it; a sentence of `ours` with names from outside in it keeps ours. */
export const VisibleText = memo(function VisibleText({ text, ours = false }: { text: string; ours?: boolean }) {
  return (
    <bdi className={styles.plain} dir={ours ? "ltr" : undefined}>
      {segments(text).map((s, i) =>
        s.kind === "text" ? (
          // oxlint-disable-next-line no-array-index-key
          <Redacted key={i} text={s.text} />
        ) : (
          // The segments of one text never move, so their position is their identity.
          // oxlint-disable-next-line no-array-index-key
          <mark key={i} className={styles.hidden} title={t("hidden", { code: s.code })}>{`<${s.code}>`}</mark>
        ),
      )}
    </bdi>
  );
});

const SECRET = /(\{secret: [a-z0-9_-]+, len: \d+, tag: [0-9a-f]+\})/i;

/** Text in which the server replaced secrets before it stored anything: the marks stand out. */
function Redacted({ text }: { text: string }) {
  if (!text.includes("{secret: ")) return text;
  return text.split(SECRET).map((part, i) =>
    SECRET.test(part) ? (
      // Parts of one text never move, so their position is their identity.
      // oxlint-disable-next-line no-array-index-key
      <mark key={i} className={styles.secret} data-testid="secret" title={t("secret")}>
        {part}
      </mark>
    ) : (
      part
    ),
  );
}

/** The warning that goes with a text, if anything hides in it. */
export function HiddenWarning({ text }: { text: string }) {
  const warning = warningAbout(text);
  if (warning === null) return null;
  return (
    <p className={styles.warning} data-testid="hidden-warning">
      <span aria-hidden="true">⚠ </span>
      {warning}
    </p>
  );
}
