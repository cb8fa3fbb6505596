/** Grants taken back on this machine while the server is away, in memory. */
import type { RevokeOrders } from "../api/transport";
import type { GrantRevoke, Revoked } from "../api/types";
import { NOW } from "./fixtures";

export class FakeRevokes implements RevokeOrders {
  constructor(public orders: GrantRevoke[] = []) {}

  list = () => Promise.resolve(this.orders);

  revoke(grantId: string): Promise<Revoked> {
    this.orders = [{ grantId, covers: "", state: "unsent", madeAt: NOW }, ...this.orders];
    return Promise.resolve({ state: "queued" });
  }

  withdraw = (id: string) => this.#gone(id, "unsent");
  dismiss = (id: string) => this.#gone(id, "needs_you");

  #gone(id: string, from: GrantRevoke["state"]): Promise<void> {
    this.orders = this.orders.filter((order) => order.grantId !== id || order.state !== from);
    return Promise.resolve();
  }
}
