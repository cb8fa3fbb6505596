/**
 * The server's sentences in the reader's language: by the code that comes beside each. What has no code here — a newer server's,
 * or what people, agents and organisations wrote — is said as it came. German is loaded when somebody reads German.
 */
import type { components } from "../api/schema.gen";
import { language, type Language } from "./words";

export type Worded = components["schemas"]["Worded"];
type Book = Record<string, string>;

/** Longest title, as the server cuts it. */
const TITLE = 160;

const books: Partial<Record<Language, Book>> = {};
/** React waits for no promise that says this of itself. */
const here = (promise: Promise<void>) => Object.assign(promise, { status: "fulfilled" as const, value: undefined });
const NOTHING = here(Promise.resolve());
let german: Promise<void> | null = null;

/** The words of a language, once they are here; the same promise each time. In English there is nothing to wait for. */
export function serverWords(tag: Language): Promise<void> {
  if (tag === "en") return NOTHING;
  // Without its words the page still works, in the server's own.
  if (german) return german;
  const loading = import("./server.de.json").then(
    ({ default: book }) => {
      books.de = book;
      here(loading);
    },
    () => {
      books.de = {};
      here(loading);
    },
  );
  german = loading;
  return loading;
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function slot(value: unknown, book: Book, tag: Language): string {
  if (typeof value === "number") return new Intl.NumberFormat(tag).format(value);
  if (!isFields(value)) return String(value);
  const { thousandths } = value;
  if (typeof thousandths === "number") {
    return new Intl.NumberFormat(tag, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(thousandths / 1000);
  }
  return said(value as unknown as Worded, book, tag);
}

function template({ code, with: values }: Worded, book: Book, tag: Language): string | undefined {
  const count = (values as Record<string, unknown> | undefined)?.["count"];
  if (typeof count !== "number") return book[code];
  return book[`${code}_${new Intl.PluralRules(tag).select(count)}`] ?? book[code];
}

/** One sentence in a language; values go in once, whatever stands in them. */
function said(worded: Worded, book: Book, tag: Language): string {
  const text = template(worded, book, tag);
  if (text === undefined) return worded.text;
  const values = (worded.with ?? {}) as Record<string, unknown>;
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => slot(values[name] ?? "", book, tag));
}

/** A sentence of a view in the reader's language; `words` is what came with the view. */
export function inWords(words: readonly Worded[] | undefined, text: string): string {
  const tag = language();
  const [book, worded] = [books[tag], words?.find((one) => one.text === text)];
  return book && worded ? said(worded, book, tag) : text;
}

/** Whether what is shown is one of the server's sentences in the reader's language, not as it came. */
export function isSaid(words: readonly Worded[] | undefined, shown: string): boolean {
  const tag = language();
  const book = books[tag];
  return book !== undefined && words?.some((one) => template(one, book, tag) !== undefined && said(one, book, tag) === shown) === true;
}

/** A title; no longer than the server makes them. */
export function titleIn(words: readonly Worded[] | undefined, text: string): string {
  const title = [...inWords(words, text)];
  return title.length > TITLE ? `${title.slice(0, TITLE - 1).join("")}…` : title.join("");
}
