/** What is in view, decided by the test: jsdom has no layout, and so no observers. */
import { act } from "@testing-library/react";
import { vi } from "vitest";

export class FakeViewport {
  readonly #observers = new Set<{ tell: IntersectionObserverCallback; elements: Set<Element> }>();

  constructor() {
    const observers = this.#observers;
    class Observer {
      readonly #own: { tell: IntersectionObserverCallback; elements: Set<Element> };
      constructor(tell: IntersectionObserverCallback) {
        this.#own = { tell, elements: new Set() };
        observers.add(this.#own);
      }
      observe(element: Element) {
        this.#own.elements.add(element);
      }
      unobserve(element: Element) {
        this.#own.elements.delete(element);
      }
      disconnect() {
        observers.delete(this.#own);
      }
    }
    vi.stubGlobal("IntersectionObserver", Observer);
  }

  /** Everything in it comes into view. */
  show(part: Element): void {
    act(() => {
      for (const { tell, elements } of this.#observers) {
        const shown = [...elements].filter((element) => part.contains(element));
        const entries = shown.map((target) => ({ target, isIntersecting: true, boundingClientRect: target.getBoundingClientRect() }));
        if (entries.length > 0) tell(entries as IntersectionObserverEntry[], undefined as never);
      }
    });
  }
}
