/** Keeps Enter from pressing a button; Space and the pointer still do. */
import type { KeyboardEvent } from "react";

export function ignoreEnter(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}
