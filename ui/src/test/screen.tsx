/** Draws the whole page over a fake transport, and checks it with axe. */
import { render } from "@testing-library/react";
import axe from "axe-core";
import { expect } from "vitest";
import { App } from "../App";
import { ServerClock } from "../state/clock";
import { newQueryClient } from "../state/console";
import type { FakeTransport } from "./FakeTransport";

export function show(transport: FakeTransport) {
  return render(<App transport={transport} cache={newQueryClient()} clock={new ServerClock(() => performance.now())} />);
}

/** No violation anywhere on the page. Colours need layout, so they are checked in the browser, not here. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`)).toEqual([]);
}
