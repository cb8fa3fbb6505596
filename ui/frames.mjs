/**
 * How evenly the queue scrolls with ten thousand requests in it: the built page in a real Chromium, a server in memory, the
 * wheel, and the time between frames as the page itself sees it. Prints one JSON line; asserts nothing about time. Run
 * after `npm run build`; `cargo xtask bench --ui` does both.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const COUNT = Number(process.argv[2] ?? 10_000);
const SCREENS = 120;
const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");
const now = Date.now() * 1000;
const MINUTE = 60_000_000;
const LEVELS = ["low", "medium", "high", "critical"];
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".woff2": "font/woff2", ".svg": "image/svg+xml" };

/** JCS of what stands here: names in order, no floats. */
const canonical = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? `{${Object.keys(value).toSorted().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`
    : JSON.stringify(value);

function approval(nth) {
  const material = {
    v: 1, org: "acme", agent: `agent-${nth % 1500}`, on_behalf_of: "dana", action_type: "command", command: `make part-${nth}`,
    repo: `repo-${nth % 40}`, branch: "main", target_state: { none: "not observed" }, salt: String(nth).padStart(32, "0"),
  };
  const level = LEVELS[nth % 4];
  return {
    id: `0193-${String(nth).padStart(6, "0")}`, version: 1, status: "pending", action_id: `act-${nth}`, requester: "dana", agent: material.agent,
    title: `Run: make part-${nth}`, material, claims: {}, level, risk_score: (nth % 1000) / 1000, reasons: ["Risk is above the threshold"],
    rule: "above_threshold", factors: [{ name: "scope", contribution: 100, reason: "Changes a lot at once", evidence: ["14 files"] }],
    policy: "minimal autonomy of dana", policy_version: 1, digest: createHash("sha256").update(`navi/action/v1\n${canonical(material)}`).digest("hex"),
    policy_hash: "cd".repeat(32), quorum: level === "critical" ? 2 : 1, votes: [], needs_step_up: false, deciders: ["alice", "bob"], extended: false,
    created_at: now - (nth % 300) * MINUTE, expires_at: now + (20 + (nth % 600)) * MINUTE, server_time: now,
  };
}

const all = Array.from({ length: COUNT }, (_, nth) => approval(nth));
let device = null;

function api(method, url, body) {
  const path = url.pathname.slice("/api/governance".length);
  if (path === "/session") {
    if (!device) return [401, { code: "unauthenticated", title: "Who?", status: 401 }];
    return [200, { org: "acme", user: "alice", role: "approver", device, origin: "navi/acme", ledger_vkey: "", cosignatures_required: 0, server_time: now }];
  }
  if (path === "/devices" && method === "POST") {
    const { vote_key } = JSON.parse(body);
    device = { id: "dev-1", user: "alice", name: "bench", class: "web", shared: false, vote_key, ceiling: "medium", last_seq: 0, enrolled_at: now, confirmed_at: now };
    return [201, { device, org: "acme", role: "approver", origin: "navi/acme", ledger_vkey: "" }];
  }
  if (path === "/approvals") {
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const items = url.searchParams.get("status") === "pending" ? all.slice(from, from + limit) : [];
    const next = items.length > 0 && from + limit < COUNT ? { next_cursor: String(from + limit) } : {};
    return [200, { items, ...next, as_of: "e:1", server_time: now }];
  }
  return [404, { code: "not_found", title: "Nothing here", status: 404 }];
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname.startsWith("/api/")) {
    let body = "";
    for await (const chunk of request) body += chunk;
    const [status, answer] = api(request.method, url, body);
    response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" }).end(JSON.stringify(answer));
    return;
  }
  const file = normalize(url.pathname === "/" ? "/index.html" : url.pathname);
  try {
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(readFileSync(join(dist, file)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

const browser = await chromium.launch({
  executablePath: process.env["NAVI_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  const sockets = [];
  await page.routeWebSocket(/\/stream/, (socket) => {
    sockets.push(socket);
    socket.send(JSON.stringify({ frame: "hello", epoch: "e", head: 2, server_time: now }));
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/#/enroll?code=nvi_bench`);
  await page.getByTestId("approval-row").first().waitFor({ timeout: 120_000 });
  const scroller = page.getByTestId("queue-scroller");
  await scroller.hover();
  await page.evaluate(() => {
    globalThis.frames_seen = [];
    let last = performance.now();
    const note = (at) => {
      globalThis.frames_seen.push(at - last);
      last = at;
      requestAnimationFrame(note);
    };
    requestAnimationFrame((at) => {
      last = at;
      requestAnimationFrame(note);
    });
  });
  let most = 0;
  for (let screen = 0; screen < SCREENS; screen += 1) {
    // One turn of the wheel after the other, as a hand does it.
    // oxlint-disable-next-line no-await-in-loop
    await page.mouse.wheel(0, 640);
    // oxlint-disable-next-line no-await-in-loop
    if (screen % 10 === 0) most = Math.max(most, await page.getByTestId("approval-row").count());
  }
  await page.waitForFunction(() => document.querySelector("[data-testid='queue-scroller']").scrollTop > 0);
  const frames = (await page.evaluate(() => globalThis.frames_seen)).toSorted((a, b) => a - b);
  const at = (share) => Number(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))].toFixed(1));
  const scrolled = await scroller.evaluate((element) => element.scrollTop);
  console.log(
    JSON.stringify({
      rows: COUNT, frames: frames.length, scrolled_px: scrolled, median_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), worst_ms: at(1),
      over_32_ms: frames.filter((ms) => ms > 32).length, most_rows_drawn: most,
    }),
  );
} finally {
  await browser.close();
  server.close();
}
