/** With a real server's requests, a German page says none of the server's sentences in English. */
import { MEDIUM, expect, test, type Desk } from "./desk";

interface Worded {
  text: string;
  code: string;
}

/** What any answer of the server brings words for. */
function wordsIn(answer: unknown): Worded[] {
  if (Array.isArray(answer)) return answer.flatMap(wordsIn);
  if (typeof answer !== "object" || answer === null) return [];
  // The parts of a command have words too: those are the command's.
  const isOwn = (value: unknown): value is Worded[] => Array.isArray(value) && value.every((one) => typeof one === "object");
  return Object.entries(answer).flatMap(([name, value]) => (name === "words" && isOwn(value) ? value : wordsIn(value)));
}

/** Labels alone are no sentences: `file x` and `branch x` are told by what is around them. */
const isSentence = ({ text }: Worded) => text.trim().split(/\s+/).length > 2;

async function readsGerman(desk: Desk, place: string, sentences: Worded[]): Promise<void> {
  await desk.page.goto(`${desk.server.url}/${place}`);
  await expect(desk.page.locator("main")).toBeVisible();
  await desk.page.waitForLoadState("networkidle");
  const shown = await desk.page.locator("body").innerText();
  expect(sentences.filter(({ text }) => shown.includes(text)), place).toEqual([]);
}

test("queue, detail and emergency are German with a real server's views", async ({ desk }) => {
  const { agent, page, watcher } = desk;
  const ids = [
    await agent.asks(MEDIUM),
    await agent.asks("git push --force origin main", { branch: "main" }),
    await agent.asks("DATABASE_URL=postgres://prod psql -c 'DROP TABLE users'", { environment: "prod" }),
  ];
  await page.evaluate(() => globalThis.localStorage.setItem("navi.preferences", JSON.stringify({ language: "de" })));
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  const views = await Promise.all(ids.map((id) => watcher.call("GET", `/approvals/${id}`)));
  const sentences = wordsIn(views).filter(isSentence);
  const codes = new Set(wordsIn(views).map(({ code }) => code));
  for (const code of ["title.in", "title.on", "rule.git-force-push", "evidence.command", "lower", "scope.level"]) {
    expect(codes).toContain(code);
  }
  await readsGerman(desk, "#/", sentences);
  await expect(page.getByText("Ausführen: git push --force origin main").first()).toBeVisible();
  for (const id of ids) await readsGerman(desk, `#/approvals/${id}`, sentences);
  await expect(page.locator("body")).toContainText("Löscht Tabellen oder Datenbanken");
  const others = [await watcher.call("GET", "/bypass"), await watcher.call("GET", "/freeze").catch(() => null)];
  await readsGerman(desk, "#/emergency", [...sentences, ...wordsIn(others).filter(isSentence)]);
});
