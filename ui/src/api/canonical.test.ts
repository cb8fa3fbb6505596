/** The same vectors as `navi-domain` holds itself to. */
import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import shared from "../../../crates/navi-domain/vectors/canonical.json";
import {
  base64, bypassBytes, bytesToHex, digestOfMaterial, enrollBytes, hexToBytes, jcs, keyId, reasonCommitment, voteBytes, type Vote,
} from "./canonical";

interface Vectors {
  action: { action: Record<string, unknown>; digest: string; salt_hex: string };
  key_id: string;
  public_key_hex: string;
  votes: { bytes_hex: string; reason: string; reason_nonce: string; signature_hex: string; vote: Vote }[];
}

const vectors = shared as Vectors;

describe("canonical bytes", () => {
  it("builds the digest of the shared vector", () => {
    const { action, salt_hex, digest } = vectors.action;
    expect(digestOfMaterial({ ...action, v: 1, salt: salt_hex })).toBe(digest);
  });

  it("has no digest for numbers that readers would round", () => {
    expect(digestOfMaterial({ args: 1.5 })).toBeNull();
    expect(digestOfMaterial({ args: [{ n: 2 ** 60 }] })).toBeNull();
  });

  it.each(vectors.votes)("builds the vote bytes of $vote.verdict", ({ vote, bytes_hex }) => {
    expect(bytesToHex(voteBytes(vote))).toBe(bytes_hex);
  });

  it.each(vectors.votes)("commits to the reason of $vote.verdict", ({ vote, reason, reason_nonce }) => {
    expect(reasonCommitment(hexToBytes(reason_nonce), reason)).toBe(vote.reason_commitment);
  });

  it.each(vectors.votes)("verifies the signature of $vote.verdict over the built bytes", async ({ vote, signature_hex }) => {
    const raw = new Uint8Array(hexToBytes(vectors.public_key_hex));
    const key = await webcrypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    const signature = new Uint8Array(hexToBytes(signature_hex));
    expect(await webcrypto.subtle.verify("Ed25519", key, signature, voteBytes(vote))).toBe(true);
    const other = voteBytes({ ...vote, device_seq: vote.device_seq + 1 });
    expect(await webcrypto.subtle.verify("Ed25519", key, signature, other)).toBe(false);
  });

  it("names a key by the start of its hash", () => {
    expect(keyId(hexToBytes(vectors.public_key_hex))).toBe(vectors.key_id);
  });

  it("sorts keys and escapes as RFC 8785 does", () => {
    expect(jcs({ b: "\u001f\u2028é", a: [1, true, null] })).toBe('{"a":[1,true,null],"b":"\\u001f\u2028é"}');
  });

  it("builds a bypass statement with the act's own fields among the others", () => {
    const statement = { v: 1, origin: "navi/acme", org: "acme", act: "review", bypass_id: "b", finding: "fine", key_id: "00", device_seq: 4, made_at: 5 } as const;
    expect(new TextDecoder().decode(bypassBytes(statement))).toBe(
      'navi/bypass/v1\n{"act":"review","bypass_id":"b","device_seq":4,"finding":"fine","key_id":"00","made_at":5,"org":"acme","origin":"navi/acme","v":1}',
    );
  });

  it("refuses a lone surrogate", () => expect(jcs({ a: "\uD800" })).toBeNull());

  it("builds the enrolment statement from the invite's hash and the keys", () => {
    const text = new TextDecoder().decode(enrollBytes("nvi_x", "aa"));
    expect(text).toMatch(/^navi\/enroll\/v1\n[0-9a-f]{64}\naa\n$/);
  });

  it("encodes padded Base64", () => expect(base64(new Uint8Array([255, 0]))).toBe("/wA="));
});
