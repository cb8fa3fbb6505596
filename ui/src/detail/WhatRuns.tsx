/**
 * Exactly what will run, drawn from the digest's material and nothing else: untruncated, with hidden characters spelled
 * out. A part this version does not know is shown raw, and then there is no Approve.
 */
import { memo, useMemo } from "react";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Diff } from "./Diff";
import { factWords } from "../shell/words";
import type { ApprovalView } from "../api/types";
import type { Material, Reading } from "./material";
import { Section } from "./Section";

interface Props {
  reading: Reading;
  digest: string;
  /** The command as the server's parser reads it. */
  segments?: ApprovalView["segments"];
  /** What the server found, to mark the hunks it rests on. */
  factors: ApprovalView["factors"];
}

/** Drawn once per content: the clock ticks around it. */
export const WhatRuns = memo(function WhatRuns({ reading, digest, segments, factors }: Props) {
  const { material, problems, unknown } = reading;
  const args = useMemo(() => (material.args === undefined ? null : JSON.stringify(material.args, null, 2)), [material.args]);
  return (
    <Section
      title="Exactly what will run"
      aside={
        <button
          type="button"
          className={styles.digest}
          title={`Digest ${digest}. Press to copy.`}
          onClick={() => void navigator.clipboard?.writeText(digest)}
        >
          {digest.slice(0, 8)}
        </button>
      }
    >
      {problems.length > 0 && (
        <ul className={styles.problems} data-testid="material-problems">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {material.command !== undefined && <Code label="Command" text={material.command} />}
      {segments?.some((part) => (part.facts ?? []).length > 0) && <Parts segments={segments} />}
      {args !== null && <Code label={material.tool ? `Arguments of ${material.tool}` : "Arguments"} text={args} />}
      {material.files && material.files.length > 0 && <Files files={material.files} />}
      {material.diff !== undefined && <Diff text={material.diff} factors={factors} />}
      {unknown.map(([name, value]) => (
        <Code key={name} label={`Unknown part “${name}”`} text={JSON.stringify(value, null, 2)} />
      ))}
      <Place material={material} />
    </Section>
  );
});

function Code({ label, text }: { label: string; text: string }) {
  return (
    <figure className={styles.code}>
      <figcaption>{label}</figcaption>
      <HiddenWarning text={text} />
      {/* Scrollable by keyboard, as a long line needs. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre data-testid="code" tabIndex={0} aria-label={label}>
        <VisibleText text={text} />
      </pre>
    </figure>
  );
}

/** What the command does, part by part; parts that nothing is known against are left out. */
function Parts({ segments }: { segments: NonNullable<ApprovalView["segments"]> }) {
  const telling = segments.filter((part) => (part.facts ?? []).length > 0);
  return (
    <figure className={styles.code}>
      <figcaption>Parts that matter</figcaption>
      <ul className={styles.parts} data-testid="segments">
        {telling.map((part, i) => (
          // Parts of one command never move, so their position is their identity.
          // oxlint-disable-next-line no-array-index-key
          <li key={i}>
            <code>
              <VisibleText text={part.text} />
            </code>
            <span>{(part.facts ?? []).map(factWords).join(", ")}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const OPS: Record<string, string> = { edit: "Change", create: "Create", delete: "Delete", read: "Read" };

function Files({ files }: { files: NonNullable<Material["files"]> }) {
  return (
    <figure className={styles.code}>
      <figcaption>{files.length === 1 ? "1 file" : `${files.length} files`}</figcaption>
      <HiddenWarning text={files.map((file) => file.path).join("\n")} />
      <ul className={styles.files}>
        {files.map((file) => (
          <li key={`${file.op} ${file.path}`} data-op={file.op}>
            <span>{OPS[file.op] ?? file.op}</span>
            <code>
              <VisibleText text={file.path} />
            </code>
            {(file.before !== undefined || file.after !== undefined) && (
              <code className={styles.hashes} title={`Before: ${file.before ?? "nothing"}\nAfter: ${file.after ?? "nothing"}`}>
                {`${file.before?.slice(0, 8) ?? "none"} → ${file.after?.slice(0, 8) ?? "none"}`}
              </code>
            )}
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Place({ material }: { material: Partial<Material> }) {
  const rows: [string, string | undefined][] = [
    ["Action", material.action_type],
    ["Tool", material.tool],
    ["Directory", material.cwd],
    ["Repository", material.repo],
    ["Branch", material.branch],
    ["Environment", material.environment],
    ["Target state", material.target_state === undefined ? undefined : targetWords(material.target_state)],
    ["Organisation", material.org],
    ["Agent", material.agent],
    ["On behalf of", material.on_behalf_of],
    ["Session", material.session_id],
  ];
  return (
    <dl className={styles.place} data-columns="2">
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <HiddenWarning text={value} />
                <code>
                  <VisibleText text={value} />
                </code>
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** The observed state in one line; anything unexpected as it came. */
export function targetWords(state: unknown): string {
  const known = state as {
    git?: { head?: string; dirty_sha256?: string };
    env?: { name?: string; revision?: string };
    none?: string;
  };
  if (typeof known.none === "string") return known.none === "not observed" ? known.none : `not observed: ${known.none}`;
  if (known.git) return `git ${known.git.head ?? "?"}, work tree ${known.git.dirty_sha256 ?? "?"}`;
  if (known.env) return `${known.env.name ?? "?"} at ${known.env.revision ?? "?"}`;
  return JSON.stringify(state);
}
