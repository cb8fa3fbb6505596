/**
 * Commands of the screens that are shown, and the keys that run them. Single characters never act in an input, under a
 * dialog, with a modifier, on key repeat, or just after the window got focus, and they can be switched off or given
 * another key (WCAG 2.1.4). `g` waits for a second letter, which then means nothing else: `g a` never approves.
 */
import { useEffect, useRef } from "react";
import { isKey, prefer, preferences } from "./preferences";

const SETTLE_MS = 400;
const SEQUENCE_MS = 1_500;

export interface Command {
  /** What it does, for the palette and the help. */
  words: string;
  /** Its own keys: `a`, `g q`, `Control+k`, `Escape`; absent: palette only. A person may have given it another one. */
  keys?: string;
  /** Part of deciding: never run from the palette, where Enter is pressed in passing. */
  decides?: true;
  run: () => void;
}

type Source = { current: Command[] };
const sources: Source[] = [];
let focusedAt = Number.NEGATIVE_INFINITY;
let first: { key: string; until: number } | null = null;

export const letterKeysOn = (): boolean => preferences().letterKeys;
export const setLetterKeys = (on: boolean): void => prefer({ letterKeys: on });

/** The key that a person gave to a command in place of its own. Sequences and combinations stay. */
export function chosenKeys(own: string): string {
  const { keys } = preferences();
  return Object.hasOwn(keys, own) ? (keys[own] ?? own) : own;
}

/** Every command that can be given now, with the keys that give it; of two with the same keys the one registered last. */
export function activeCommands(): Command[] {
  const all = sources
    .toReversed()
    .flatMap((source) => source.current)
    .map((command) => (command.keys === undefined ? command : { ...command, keys: chosenKeys(command.keys) }));
  const taken = new Set<string>();
  return all.filter(({ keys }) => {
    if (keys === undefined) return true;
    if (taken.has(keys)) return false;
    taken.add(keys);
    return true;
  });
}

/** Whether a key press may act at all. */
export function mayAct(event: KeyboardEvent, focusedAgoMs: number): boolean {
  if (event.repeat || event.defaultPrevented || event.altKey || event.metaKey) return false;
  if (document.querySelector("[role=dialog]")) return false;
  if (event.ctrlKey) return true;
  if (focusedAgoMs < SETTLE_MS) return false;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=slider], [role=menu], [role=listbox]"))
    return false;
  // Enter presses what has the focus.
  if (event.key === "Enter" && target?.closest("button, a[href], summary, [role=tab], [role=button], [role=checkbox], input")) return false;
  return !isKey(event.key) || letterKeysOn();
}

function pressed(event: KeyboardEvent): void {
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const now = performance.now();
  if (!mayAct(event, now - focusedAt)) return;
  const typed = event.ctrlKey ? `Control+${event.key}` : event.key;
  const commands = activeCommands();
  const sequence = first && now < first.until ? `${first.key} ${typed}` : null;
  first = null;
  const found = commands.find(({ keys }) => keys === (sequence ?? typed));
  if (sequence === null && commands.some(({ keys }) => keys?.startsWith(`${typed} `))) {
    first = { key: typed, until: now + SEQUENCE_MS };
    event.preventDefault();
    return;
  }
  if (!found) return;
  event.preventDefault();
  found.run();
}

const focused = () => {
  focusedAt = performance.now();
};

/** Offers commands while the component is shown. */
export function useCommands(commands: Command[]): void {
  const source = useRef(commands);
  useEffect(() => {
    source.current = commands;
  });
  useEffect(() => {
    if (sources.length === 0) {
      globalThis.addEventListener("focus", focused);
      document.addEventListener("keydown", pressed);
    }
    sources.push(source);
    return () => {
      sources.splice(sources.indexOf(source), 1);
      if (sources.length > 0) return;
      globalThis.removeEventListener("focus", focused);
      document.removeEventListener("keydown", pressed);
      focusedAt = Number.NEGATIVE_INFINITY;
      first = null;
    };
  }, []);
}
