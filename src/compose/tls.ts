// On the trust boundary: the certificate that clients are shown, and its key. A pair that does not fit is
// never used: at the start it is a fault, later the last good one goes on.

import { dirname } from "node:path";
import { createSecureContext } from "node:tls";
import { watch } from "chokidar";
import { readText } from "../config/read.ts";
import type { HttpSetting } from "../config/types.ts";
import { type Fault, faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Certificate } from "../server/http.ts";

type Files = NonNullable<HttpSetting["tls"]>;

/** Both files are written, one after the other, before either is read. */
const SETTLE_MS = 100;

/** Reads a certificate and its key. */
export async function readCertificate(files: Files): Promise<Outcome<Certificate, Fault>> {
  const [cert, key] = await Promise.all([
    readPem("http.tls.cert", files.cert),
    readPem("http.tls.key", files.key),
  ]);
  if (!cert.ok) return cert;
  if (!key.ok) return key;
  const certificate = { cert: cert.value, key: key.value };
  try {
    createSecureContext(certificate);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `is no certificate with its key: ${why}`;
    const mend = "write the certificate, with its chain, and the key that it was made for, as PEM";
    return failed({ path: files.cert, field: "http.tls", message, mend });
  }
  return done(certificate);
}

/** Reads the files anew as they change; gives what ends it. */
export function watchCertificate(
  files: Files,
  renew: (certificate: Certificate) => void,
  log: Log,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const read = async (): Promise<void> => {
    const found = await readCertificate(files);
    if (!found.ok) log.error(`the last good certificate goes on: ${faultLine(found.failure)}`);
    else {
      renew(found.value);
      log.info("the certificate was read anew");
    }
  };
  // Folders, because what renews certificates puts another file, or another link, in the place of one.
  const watcher = watch([...new Set([dirname(files.cert), dirname(files.key)])], {
    ignoreInitial: true,
    depth: 0,
  });
  watcher.on("all", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void read(), SETTLE_MS);
  });
  watcher.on("error", (thrown) => log.error("certificates may go unnoticed", { thrown }));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

async function readPem(field: string, path: string): Promise<Outcome<string, Fault>> {
  const read = await readText(path);
  if (read.ok) return read;
  const { failure } = read;
  const message = failure.reason === "missing" ? "the file is not there" : failure.detail;
  const mend = "correct the path, or let the server's user read it";
  return failed({ path, field, message, mend });
}
