/** Flows in a real browser against the real server, by keyboard alone. `cargo xtask test` builds both before. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.flow.ts",
  outputDir: "../target/artifacts/flows",
  reporter: [["list"]],
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  // A second try on a busy machine; a flow that needed it is listed as flaky, to be looked into.
  retries: 1,
  // A bound on a test that hangs; nothing is asserted about time.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    viewport: { width: 1280, height: 860 },
    launchOptions: {
      executablePath: process.env["NAVI_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
    },
  },
});
