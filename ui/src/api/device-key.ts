/**
 * The browser's vote key: Ed25519, non-extractable, kept in IndexedDB beside the device's sequence counter. The private
 * part never leaves WebCrypto.
 */
import { bytesToHex, keyId } from "./canonical";
import { ApiError } from "./problem";

const DATABASE = "navi-device";
const STORE = "keys";
const SLOT = "vote";

interface Stored {
  privateKey: CryptoKey;
  publicKey: Uint8Array;
  lastSeq: number;
}

export interface DeviceKey {
  /** Hex of 32 bytes. */
  readonly publicKey: string;
  readonly keyId: string;
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = factory.open(DATABASE, 1);
    asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore(STORE));
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error ?? new Error("IndexedDB cannot be opened")));
  });
}

/** Runs one transaction; resolves with what `work` handed to `give`, only after the commit. */
async function transact<T>(
  factory: IDBFactory,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore, give: (value: T) => void) => void,
  initial: T,
): Promise<T> {
  const database = await open(factory);
  return new Promise<T>((resolve, reject) => {
    let given = initial;
    const transaction = database.transaction(STORE, mode);
    work(transaction.objectStore(STORE), (value) => {
      given = value;
    });
    transaction.addEventListener("complete", () => {
      database.close();
      resolve(given);
    });
    const failed = () => {
      database.close();
      reject(transaction.error ?? new Error("the key store failed"));
    };
    transaction.addEventListener("abort", failed);
    transaction.addEventListener("error", failed);
  });
}

const read = (factory: IDBFactory) =>
  transact<Stored | null>(
    factory,
    "readonly",
    (store, give) => {
      const asked = store.get(SLOT) as IDBRequest<Stored | undefined>;
      asked.addEventListener("success", () => give(asked.result ?? null));
    },
    null,
  );

function usable(stored: Pick<Stored, "privateKey" | "publicKey">): DeviceKey {
  return {
    publicKey: bytesToHex(stored.publicKey),
    keyId: keyId(stored.publicKey),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign("Ed25519", stored.privateKey, message)),
  };
}

async function generate(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  } catch {
    throw new ApiError(
      "no_key_support",
      "This browser cannot make a signing key here. It needs Ed25519 (Chrome 137, Firefox 129, Safari 17 or later) and an https or loopback address.",
    );
  }
}

/** Makes a new key without storing it, so that a failed enrolment leaves the old one alone. */
export async function makeKey(): Promise<{ key: DeviceKey; keep: (factory: IDBFactory) => Promise<void> }> {
  const pair = await generate();
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const stored: Stored = { privateKey: pair.privateKey, publicKey, lastSeq: 0 };
  return {
    key: usable(stored),
    keep: (factory) => transact<void>(factory, "readwrite", (store) => void store.put(stored, SLOT), undefined),
  };
}

/** The stored key, if this browser has one. */
export async function loadKey(factory: IDBFactory): Promise<DeviceKey | null> {
  const stored = await read(factory);
  return stored && usable(stored);
}

/** Takes the next sequence number: above what this browser used and above what the server accepted. */
export function nextSeq(factory: IDBFactory, acceptedByServer: number): Promise<number> {
  return transact<number>(
    factory,
    "readwrite",
    (store, give) => {
      const asked = store.get(SLOT) as IDBRequest<Stored | undefined>;
      asked.addEventListener("success", () => {
        const stored = asked.result;
        if (!stored) return;
        const seq = Math.max(stored.lastSeq, acceptedByServer) + 1;
        store.put({ ...stored, lastSeq: seq }, SLOT);
        give(seq);
      });
    },
    acceptedByServer + 1,
  );
}
