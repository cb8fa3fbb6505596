/** Stops ordered on this machine, in memory; `answer` says what becomes of a new one. */
import type { StopOrders } from "../api/transport";
import type { Ordered, StopOrder, StopWish } from "../api/types";
import { NOW } from "./fixtures";

export function stopOrder(more: Partial<StopOrder> = {}): StopOrder {
  return { id: "order-1", scope: "everything", reason: "odd requests", state: "unsent", madeAt: NOW, ...more };
}

export class FakeStops implements StopOrders {
  wishes: StopWish[] = [];
  withdrawn: string[] = [];
  dismissed: string[] = [];

  constructor(
    public orders: StopOrder[] = [],
    public answer: (wish: StopWish) => Ordered = () => ({ state: "recorded" }),
  ) {}

  list = () => Promise.resolve(this.orders);

  stop(wish: StopWish): Promise<Ordered> {
    this.wishes.push(wish);
    const ordered = this.answer(wish);
    if (ordered.order) this.orders = [ordered.order, ...this.orders];
    return Promise.resolve(ordered);
  }

  withdraw(id: string): Promise<void> {
    this.withdrawn.push(id);
    this.orders = this.orders.filter((order) => order.id !== id);
    return Promise.resolve();
  }

  dismiss(id: string): Promise<void> {
    this.dismissed.push(id);
    this.orders = this.orders.filter((order) => order.id !== id);
    return Promise.resolve();
  }
}
