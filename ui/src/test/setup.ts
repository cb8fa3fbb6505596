/** What jsdom lacks: layout sizes for the virtual list, and the keyring-like crypto of a secure page. */
import { cleanup } from "@testing-library/react";
import { webcrypto } from "node:crypto";
import { afterEach, beforeEach, vi } from "vitest";

Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 800 });
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 400 });
Element.prototype.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;
if (!("subtle" in globalThis.crypto)) Object.defineProperty(globalThis, "crypto", { value: webcrypto });

beforeEach(() => {
  globalThis.location.hash = "";
  globalThis.localStorage.clear();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
