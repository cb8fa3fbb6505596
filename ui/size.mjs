/**
 * The weight of what the page loads before it shows anything: the entry script of dist/index.html, every script it
 * imports statically, and its styles, each compressed with gzip. Fails above the limit. Screens and charts that are
 * loaded when they are first gone to do not count. Run after `npm run build`.
 */
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT_KIB = 260;
const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");

/** What the browser fetches with the page itself. */
function namedIn(html) {
  const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? [];
  const wanted = tags.filter((tag) => tag.startsWith("<script") || /rel="(?:stylesheet|modulepreload)"/.test(tag));
  return wanted.flatMap((tag) => /(?:src|href)="\/?([^"]+)"/.exec(tag)?.[1] ?? []);
}

/** Scripts that a script needs before it runs. `import()` is not among them. */
function importsOf(file, text) {
  const names = text.matchAll(/(?:\bimport|\bexport)\s*(?:[\w*{}\s,$]+\s*from\s*)?["'](\.[^"']+)["']/g);
  return [...names].map(([, name]) => posix.join(posix.dirname(file), name));
}

const weights = new Map();
const waiting = namedIn(readFileSync(join(dist, "index.html"), "utf8"));
for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
  if (weights.has(file)) continue;
  const content = readFileSync(join(dist, file));
  weights.set(file, gzipSync(content, { level: 9 }).length);
  if (file.endsWith(".js")) waiting.push(...importsOf(file, content.toString("utf8")));
}
if (weights.size === 0) throw new Error("dist/index.html names no script: run `npm run build` first");

const total = [...weights.values()].reduce((all, bytes) => all + bytes, 0);
const kib = (bytes) => (bytes / 1024).toFixed(1).padStart(7);
for (const [file, bytes] of [...weights].toSorted((a, b) => b[1] - a[1])) console.log(`${kib(bytes)} KiB  ${file}`);
console.log(`${kib(total)} KiB  entry in all, at most ${LIMIT_KIB}`);
if (total > LIMIT_KIB * 1024) {
  console.error("The entry is too heavy: load what is not needed at the start with import().");
  process.exit(1);
}
