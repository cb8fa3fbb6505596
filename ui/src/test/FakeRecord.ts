/** The kept part of a record, in memory; a verification runs until the test ends it. */
import type { KeptRecord, Stop } from "../api/transport";
import type { Compared, ExportWish, KeptWindow, RecordStatus, Step, Verification } from "../api/types";
import { recordStatus } from "./fixtures";

export class FakeRecord implements KeptRecord {
  state: RecordStatus = recordStatus();
  asked: ({ path: string; vkey?: string } | null)[] = [];
  saved: ExportWish[] = [];
  /** What the desktop's own dialog answers. */
  chosen: string | null = "/home/alice/here";
  found: string[] = [];
  compared: string[] = [];
  answer: Compared = { held: "same", here: 1000, signed: false };
  refusal: { code: string; message: string } | null = null;
  #end: ((found: Verification | null) => void) | null = null;
  #step: ((step: Step) => void) | null = null;
  #drop: ((paths: string[]) => void) | null = null;

  status = () => Promise.resolve(this.state);

  keep(window: KeptWindow): Promise<RecordStatus> {
    this.state = { ...this.state, window };
    return Promise.resolve(this.state);
  }

  verify(file: { path: string; vkey?: string } | null, onStep: (step: Step) => void): Promise<Verification | null> {
    this.asked.push(file);
    this.#step = onStep;
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The verification that runs tells how far it is. */
  step(done: number, total: number): void {
    this.#step?.({ done, total });
  }

  /** It ends with this. */
  end(found: Verification | null): void {
    if (found) this.state = { ...this.state, last: found };
    this.#end?.(found);
  }

  cancel(): Promise<void> {
    this.end(null);
    return Promise.resolve();
  }

  choose = (name: string) => Promise.resolve(this.chosen === null ? null : `${this.chosen}/${name}`);

  saveFound(format: "json" | "html", path: string): Promise<string> {
    this.found.push(`${format} ${path}`);
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve(path);
  }

  compare(text: string): Promise<Compared> {
    this.compared.push(text);
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve(this.answer);
  }

  save(wish: ExportWish): Promise<{ path: string; kept: number; size: number }> {
    this.saved.push(wish);
    if (this.refusal) return Promise.reject(this.refusal);
    return Promise.resolve({ path: wish.path ?? "/home/alice/Downloads/record.navi.zst", kept: 400, size: 1000 });
  }

  onDrop(listener: (paths: string[]) => void): Stop {
    this.#drop = listener;
    return () => {
      this.#drop = null;
    };
  }

  drop(path: string): void {
    this.#drop?.([path]);
  }
}
