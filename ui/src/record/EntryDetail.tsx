/** One entry, and the chain of the action it belongs to, drawn from asking to running. */
import { useState } from "react";
import type { AuditEntry, Verification } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { clockTime, fullTime } from "../state/clock";
import { language } from "../words/words";
import { VisibleText } from "../text/VisibleText";
import { CopyLink } from "./CopyLink";
import { about, actionOf, isErased, levelIn, payloadOf, signedBy, toneOf } from "./entry";
import { kindWords } from "./kinds";
import styles from "./record.module.css";
import { Rollback } from "./Rollback";
import { linkWords, t } from "./texts";
import { useTrail } from "./useRecord";

interface Props {
  entry: AuditEntry;
  last: Verification | undefined;
  onOpen: (entry: AuditEntry) => void;
}

export function EntryDetail({ entry, last, onOpen }: Props) {
  const action = actionOf(entry);
  const device = signedBy(entry);
  return (
    <section className={styles.detail} aria-label={t("entry")} tabIndex={-1} data-detail>
      <h2>
        <span className={styles.kind} data-tone={toneOf(entry)}>
          {kindWords(entry.kind)}
        </span>{" "}
        {!isErased(entry) && <VisibleText text={about(entry)} />}
      </h2>
      <p className={styles.hint}>{coverage(entry, last)}</p>
      {action !== null && <Chain action={action} current={entry.index} onOpen={onOpen} />}
      <dl className={styles.fields}>
        <Field name={t("when")} text={fullTime(entry.at)} />
        <Field name={t("who")} text={entry.actor === "" ? t("erased") : entry.actor} />
        {entry.on_behalf_of != null && <Field name={t("on_behalf")} text={entry.on_behalf_of} />}
        <Field name={t("entry")} text={`#${entry.index.toLocaleString(language())}`} />
        <Field name={t("about")} text={entry.subject} mono />
        {Object.entries(entry.links).map(([name, value]) => (
          <Field key={name} name={linkWords(name)} text={value} mono />
        ))}
        {device !== null && <Field name={t("signature")} text={`${t("signed_by", { device: device.slice(-6) })} ${checkedWords(entry, last)}`} />}
        <Field name={t("leaf_hash")} text={entry.leaf_hash} mono />
      </dl>
      <Rollback entry={entry} />
      <Payload entry={entry} />
      <CopyLink />
    </section>
  );
}

/** Whether the last verification on this machine covers the entry. */
function coverage(entry: AuditEntry, last: Verification | undefined): string {
  if (!last) return t("not_verified");
  if (last.verdict === "broken") {
    const { place } = last;
    const inside = place && entry.index >= place.first && entry.index <= place.last;
    return inside ? t("fault_here") : t("fault");
  }
  if (entry.index >= last.size) return t("newer");
  return t("proven", { size: last.size.toLocaleString(language()) });
}

/** Who checked the signature of a vote, as far as that is known here. */
function checkedWords(entry: AuditEntry, last: Verification | undefined): string {
  if (!last || entry.index >= last.size || last.verdict === "unknown") return t("signature_server");
  if (last.verdict === "broken") return t("signature_broken");
  return t(last.verdict === "whole" ? "signature_here" : "signature_kept");
}

function Chain({ action, current, onOpen }: { action: string; current: number; onOpen: (entry: AuditEntry) => void }) {
  const trail = useTrail(action);
  if (trail.isPending) return <Waiting rows={3} />;
  if (trail.isError) return <Failure error={trail.error} onRetry={() => void trail.refetch()} />;
  return (
    <>
      <h3>{t("chain")}</h3>
      <ol className={styles.chain} aria-label={t("chain")} data-testid="chain">
        {trail.data.map((entry, at) => (
          <li key={entry.index} data-tone={toneOf(entry)}>
            <button type="button" onClick={() => onOpen(entry)} aria-current={entry.index === current ? "step" : undefined}>
              <span className={styles.line}>
                <strong>{kindWords(entry.kind)}</strong>
                <span className={styles.about}>{isErased(entry) ? <em>{t("erased")}</em> : <VisibleText text={about(entry)} />}</span>
                <Level entry={entry} />
              </span>
              <span className={styles.meta}>
                <span>{at === 0 ? fullTime(entry.at) : `${clockTime(entry.at)}, ${after(trail.data[at - 1], entry)}`}</span>
                <VisibleText text={entry.actor === "" ? t("somebody") : entry.actor} />
                <span className={styles.number}>{`#${entry.index.toLocaleString(language())}`}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

function Level({ entry }: { entry: AuditEntry }) {
  const level = levelIn(entry);
  return level && <LevelMark level={level} />;
}

/** Time between two steps. */
function after(before: AuditEntry | undefined, entry: AuditEntry): string {
  const seconds = Math.round((entry.at - (before?.at ?? entry.at)) / 1_000_000);
  if (seconds < 1) return t("at_once");
  if (seconds < 120) return t("s_later", { n: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? t("min_later", { n: minutes }) : t("h_later", { n: Math.round(minutes / 60) });
}

function Payload({ entry }: { entry: AuditEntry }) {
  const [open, setOpen] = useState(false);
  if (isErased(entry)) return <p className={styles.hint}>{t("payload_gone")}</p>;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("everything")}</summary>
      {open && (
        <pre className={styles.payload}>
          <VisibleText text={JSON.stringify(payloadOf(entry), null, 2)} />
        </pre>
      )}
    </details>
  );
}

function Field({ name, text, mono }: { name: string; text: string; mono?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={mono ? styles.mono : undefined}>
        <VisibleText text={text} />
      </dd>
    </div>
  );
}
