/** What jsdom lacks: layout sizes for the virtual list, and the keyring-like crypto of a secure page. */
import { cleanup, configure } from "@testing-library/react";
import { webcrypto } from "node:crypto";
import { afterEach, beforeAll, beforeEach, vi } from "vitest";
import { serverWords } from "../words/server";

Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 800 });
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 400 });
Element.prototype.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;
if (!("subtle" in globalThis.crypto)) Object.defineProperty(globalThis, "crypto", { value: webcrypto });

// A bound on what never comes; nothing is asserted about time.
configure({ asyncUtilTimeout: 20_000 });

// As the page does before it is drawn.
beforeAll(() => serverWords("de"));

beforeEach(() => {
  globalThis.location.hash = "";
  globalThis.localStorage.clear();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
