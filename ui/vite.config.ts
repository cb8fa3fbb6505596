import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

// `NAVI_URL` lets the dev server speak to a running navi-server through the same origin, as the cookie demands.
const backend = process.env["NAVI_URL"] ?? "http://127.0.0.1:7420";

export default defineConfig({
  plugins: [react()],
  define: { __UI_VERSION__: JSON.stringify(manifest.version) },
  build: { target: ["es2023", "safari16.4"], sourcemap: false, assetsInlineLimit: 0 },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": { target: backend, ws: true } },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    testTimeout: 60_000,
    restoreMocks: true,
  },
});
