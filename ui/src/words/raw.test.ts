/** No words on the screen that are written in one language only: every text goes through a words module. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Attributes whose text people read or hear. */
const SPOKEN = new Set(["label", "title", "placeholder", "alt", "helperText", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "noOptionsText", "head", "text"]);
/** Folders with something on the screen. */
const FOLDERS = ["shell", "settings", "policy", "insight", "grants", "record", "emergency", "oncall", "queue", "detail", "decide", "text", "allow", "told"];

/** Said the same in every language. */
const NAMES = /\bNavi\b/g;

const isWords = (text: string) => /\p{L}{2}/u.test(text.replaceAll(NAMES, ""));

/** What of a binary expression can be its value; a comparison is none. */
function operands({ left, operatorToken: { kind }, right }: ts.BinaryExpression): ts.Expression[] {
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return [right];
  const joins = [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.PlusToken];
  return joins.includes(kind) ? [left, right] : [];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"))
    .map((name) => join(folder, name));
}

/** Every text in a piece of TSX that would be shown as it stands. */
export function raw(source: string, name = "piece.tsx"): string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => {
    if (isWords(text)) found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}: ${text.trim()}`);
  };
  /** What an expression in the page shows: its own texts, and both sides of a choice. */
  const shown = (node: ts.Expression): void => {
    if (ts.isStringLiteralLike(node)) note(node, node.text);
    else if (ts.isTemplateExpression(node)) [node.head, ...node.templateSpans.map((span) => span.literal)].forEach((part) => note(part, part.text));
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(shown);
    else if (ts.isParenthesizedExpression(node)) shown(node.expression);
    else if (ts.isBinaryExpression(node)) operands(node).forEach(shown);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) shown(node.expression);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText(file)) && node.initializer) {
      if (ts.isStringLiteral(node.initializer)) note(node, node.initializer.text);
      else if (ts.isJsxExpression(node.initializer) && node.initializer.expression) shown(node.initializer.expression);
    }
    // What is inside a <code> is typed, not said.
    const isCode = ts.isJsxElement(node) && ["code", "kbd"].includes(node.openingElement.tagName.getText(file));
    if (!isCode) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe("words on the screen", () => {
  it.each(FOLDERS)("of %s are said in every language", (folder) => {
    const found = filesIn(join("src", folder)).flatMap((file) => raw(readFileSync(file, "utf8"), file));
    expect(found).toEqual([]);
  });

  it("are found where they stand as they are", () => {
    const piece = (inner: string) => raw(`const a = ${inner};`).map((line) => line.replace(/^piece\.tsx:\d+: /, ""));
    expect(piece("<p>Hello there</p>")).toEqual(["Hello there"]);
    expect(piece('<p aria-label="Close it" data-testid="close">{t("close")} · 3</p>')).toEqual(["Close it"]);
    expect(piece('<p>{busy ? "Busy" : done}</p>')).toEqual(["Busy"]);
    expect(piece("<p>{`${count} left`}</p>")).toEqual(["left"]);
    expect(piece('<Field label={wrong ?? "Name"} />')).toEqual(["Name"]);
    expect(piece('<p>{state === "open" && <b>{name}</b>}</p>')).toEqual([]);
    expect(piece('<p className="row" key={id}><code>navi-server</code> {t("x")}</p>')).toEqual([]);
  });
});
