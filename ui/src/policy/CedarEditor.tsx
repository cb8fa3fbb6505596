/** The editor: CodeMirror, loaded only where a text is written. What is wrong is marked in its place and said aloud. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting, type StreamParser } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { TextKind, TextProblem } from "./calls";
import styles from "./policy.module.css";
import { t } from "./texts";

export interface EditorHandle {
  goTo: (line: number, column: number) => void;
}

interface Props {
  ref?: Ref<EditorHandle>;
  label: string;
  text: string;
  language: TextKind;
  readOnly: boolean;
  problems: TextProblem[];
  onChange: (text: string) => void;
}

const CEDAR = /^(permit|forbid|when|unless|in|has|is|like|if|then|else|true|false|principal|action|resource|context)\b/;

const cedar: StreamParser<null> = {
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^"(\\.|[^"\\])*"?/)) return "string";
    if (stream.match(/^@\w+/)) return "meta";
    if (stream.match(CEDAR)) return "keyword";
    if (stream.match(/^\d+/)) return "number";
    if (stream.match(/^\w+/)) return "variableName";
    stream.next();
    return null;
  },
};

const toml: StreamParser<null> = {
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match("#")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.sol() && stream.match(/^\[+[^\]]*\]+/)) return "keyword";
    if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'[^']*'?/)) return "string";
    if (stream.match(/^\d+/)) return "number";
    if (stream.match(/^\w+/)) return "variableName";
    stream.next();
    return null;
  },
};

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--navi-accent)", fontWeight: "600" },
  { tag: tags.string, color: "var(--navi-low)" },
  { tag: tags.comment, color: "var(--navi-muted)", fontStyle: "italic" },
  { tag: tags.meta, color: "var(--navi-medium)" },
  { tag: tags.number, color: "var(--navi-high)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--navi-text)", backgroundColor: "var(--navi-surface)", fontSize: "0.8125rem" },
  ".cm-content": { fontFamily: "var(--navi-mono)", fontVariantLigatures: "none", fontFeatureSettings: '"liga" 0, "calt" 0, "zero"', caretColor: "var(--navi-text)", minHeight: "12rem" },
  ".cm-gutters": { backgroundColor: "var(--navi-sunken)", color: "var(--navi-muted)", borderRight: "1px solid var(--navi-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--navi-sunken)" },
  ".cm-scroller": { overflow: "auto", maxHeight: "28rem" },
  "&.cm-focused": { outline: "2px solid var(--navi-accent)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--navi-text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--navi-accent-soft) !important" },
  ".cm-tooltip, .cm-panel": { backgroundColor: "var(--navi-surface)", color: "var(--navi-text)", border: "1px solid var(--navi-line-strong)" },
});

/** Offset of a place that the server names; what lies outside is brought to the nearest end. */
function offsetOf(state: EditorState, line: number, column: number): number {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  // The server counts characters, the editor UTF-16 units.
  const before = [...found.text].slice(0, Math.max(0, column - 1)).join("");
  return Math.min(found.from + before.length, found.to);
}

function marked(state: EditorState, problems: TextProblem[]): Diagnostic[] {
  return problems.map(({ line, column, reason }) => {
    const from = offsetOf(state, line, column);
    const end = state.doc.lineAt(from).to;
    const word = /^[\w"@]+/.exec(state.sliceDoc(from, end))?.[0].length ?? 1;
    return { from, to: Math.min(end, from + word), severity: "error", message: reason };
  });
}

export function CedarEditor({ ref, label, text, language, readOnly, problems, onChange }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  useEffect(() => {
    changed.current = onChange;
  });
  useImperativeHandle(ref, () => ({
    goTo(line, column) {
      const editor = view.current;
      if (!editor) return;
      editor.dispatch({ selection: { anchor: offsetOf(editor.state, line, column) }, scrollIntoView: true });
      editor.focus();
    },
  }));
  const first = useRef(text);
  useEffect(() => {
    if (!box.current) return undefined;
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          // Tab and Control Enter are left alone: one leaves the editor, the other proposes, as everywhere on the page.
          keymap.of([...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"), ...historyKeymap, ...lintKeymap]),
          StreamLanguage.define(language === "guardrails" ? cedar : toml),
          syntaxHighlighting(COLOURS),
          LOOK,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-multiline": "true", "data-testid": "editor", tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [label, language, readOnly]);
  useEffect(() => {
    first.current = text;
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor) editor.dispatch(setDiagnostics(editor.state, marked(editor.state, problems)));
  }, [problems]);
  return (
    <div className={styles.code}>
      <div ref={box} />
      <p className={styles.quiet}>{readOnly ? t("editor_read") : t("editor_keys")}</p>
    </div>
  );
}
