/**
 * The bytes this side must build exactly like `navi_domain::canonical`: JCS, digest, vote, reason commitment, key id.
 * Held to the same vectors as the Rust side.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";
import type { Verdict, VoteScope } from "./types";

export { bytesToHex, hexToBytes, utf8ToBytes };

/** The statement a device signs; see `navi_domain::vote::Vote`. */
export interface Vote {
  v: 1;
  origin: string;
  org: string;
  approval_id: string;
  digest: string;
  policy_hash: string;
  verdict: Verdict;
  scope: VoteScope;
  reason_commitment: string;
  surface: "window" | "web";
  key_id: string;
  device_seq: number;
  made_at: number;
}

const everyNumberIsExact = (value: unknown): boolean => {
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(everyNumberIsExact);
  if (typeof value === "object" && value !== null) return Object.values(value).every(everyNumberIsExact);
  return true;
};

/** RFC 8785 text; null for what has no canonical form here (floats, integers above 2^53, lone surrogates). */
export function jcs(value: unknown): string | null {
  if (!everyNumberIsExact(value)) return null;
  try {
    return canonicalize(value) ?? null;
  } catch {
    return null;
  }
}

/** SHA-256 (hex) of `navi/action/v1\n` ‖ JCS of the material as shown; null when it has no canonical form. */
export function digestOfMaterial(material: unknown): string | null {
  const body = jcs(material);
  return body === null ? null : bytesToHex(sha256(utf8ToBytes(`navi/action/v1\n${body}`)));
}

/** `navi/vote/v1\n` ‖ JCS. */
export function voteBytes(vote: Vote): Uint8Array<ArrayBuffer> {
  const body = jcs(vote);
  if (body === null) throw new TypeError("the vote has no canonical form");
  return exact(utf8ToBytes(`navi/vote/v1\n${body}`));
}

/** What a device signs about a bypass; see `navi_domain::bypass::Statement`. The act's own fields stand beside these. */
export interface BypassStatement {
  v: 1;
  origin: string;
  org: string;
  act: "ask" | "confirm" | "alone" | "review";
  key_id: string;
  device_seq: number;
  made_at: number;
  [field: string]: string | number;
}

/** `navi/bypass/v1\n` ‖ JCS. */
export function bypassBytes(statement: BypassStatement): Uint8Array<ArrayBuffer> {
  const body = jcs(statement);
  if (body === null) throw new TypeError("the statement has no canonical form");
  return exact(utf8ToBytes(`navi/bypass/v1\n${body}`));
}

/** HMAC-SHA256(nonce, reason) in hex. */
export function reasonCommitment(nonce: Uint8Array, reason: string): string {
  return bytesToHex(hmac(sha256, nonce, utf8ToBytes(reason)));
}

/** First 16 bytes of the SHA-256 of a public key, in hex. */
export function keyId(publicKey: Uint8Array): string {
  return bytesToHex(sha256(publicKey).slice(0, 16));
}

/** The bytes that prove possession of the keys at enrolment. */
export function enrollBytes(invite: string, voteKey: string, stepUpKey = ""): Uint8Array<ArrayBuffer> {
  const hashed = bytesToHex(sha256(utf8ToBytes(invite)));
  return exact(concatBytes(utf8ToBytes("navi/enroll/v1\n"), utf8ToBytes(`${hashed}\n${voteKey}\n${stepUpKey}`)));
}

/** Standard, padded Base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (b) => String.fromCodePoint(b)).join(""));
}

function exact(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
