/** A WebSocket whose other end is the test. */
export class FakeWebSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeWebSocket[] = [];
  readonly url: string;
  readyState = 0;

  constructor(url: string | URL) {
    super();
    this.url = String(url);
    FakeWebSocket.all.push(this);
  }

  static get last(): FakeWebSocket {
    const socket = FakeWebSocket.all.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  static constructorType(): typeof WebSocket {
    FakeWebSocket.all = [];
    return FakeWebSocket as unknown as typeof WebSocket;
  }

  send(frame: unknown): void {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
}
