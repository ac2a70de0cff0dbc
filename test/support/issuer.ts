// An issuer of tokens on this machine: it signs with `jose` and serves its keys over HTTP.

import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { listener } from "./loopback.ts";

/** An issuer that runs. */
export interface Issuer {
  readonly url: string;
  /** Signs claims, as this issuer does unless something else is said. */
  readonly sign: (
    claims: JWTPayload,
    header?: Readonly<Record<string, unknown>>,
  ) => Promise<string>;
  /** Signs with a new key from now on, which is served too; the old one is served no more. */
  readonly rotate: () => Promise<void>;
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  /** What is answered from now on instead; null: what is right. */
  readonly answer: (other: { readonly status: number; readonly body: string } | null) => void;
}

/** Runs an issuer while some work is done. */
export async function withIssuer(work: (issuer: Issuer) => Promise<void>): Promise<void> {
  let made = 0;
  const makeKey = async () => {
    made += 1;
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    return {
      privateKey,
      jwk: { ...(await exportJWK(publicKey)), kid: `key${made}`, alg: "ES256" },
    };
  };
  let key = await makeKey();
  let other: { readonly status: number; readonly body: string } | null = null;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (other !== null) {
      response.writeHead(other.status).end(other.body);
      return;
    }
    const metadata = { issuer: url, jwks_uri: `${url}/keys` };
    const body = path === "/keys" ? { keys: [key.jwk] } : metadata;
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  const { port, end } = await listener(server);
  const url = `http://127.0.0.1:${port}`;
  try {
    await work({
      url,
      sign: (claims, header = {}) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: "ES256", kid: key.jwk.kid, ...header })
          .sign(key.privateKey),
      rotate: async () => {
        key = await makeKey();
      },
      asked,
      answer: (instead) => {
        other = instead;
      },
    });
  } finally {
    await end();
  }
}
