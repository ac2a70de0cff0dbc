import type { DeedFailure, Done, Order } from "../credential/types.ts";
import type { ManageRefusal } from "../enforcement/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { flagsOf } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type OpenedCredentials, type Typed } from "./types.ts";

/** Has an order carried out and tells what it left; where that was refused, tells why. */
export type CarryOut = (
  order: Order,
  tell: (left: Done) => ExitCode | Promise<ExitCode>,
) => Promise<ExitCode>;

/** Opens the credentials of the configuration for a command's work, and closes them after it. */
export async function withCredentials(
  typed: Typed,
  host: Host,
  work: (credentials: OpenedCredentials, carryOut: CarryOut) => Promise<ExitCode>,
): Promise<ExitCode> {
  const ran = await openedFor(typed, host, (credentials) =>
    work(credentials, async (order, tell) => {
      const managed = await credentials.manage(order);
      return managed.ok ? tell(managed.value) : refuse(managed.failure, host);
    }),
  );
  return ran.ok ? ran.value : ran.failure;
}

/** What is made of the opened credentials, which are closed after it; where they cannot be opened it is told why. */
export async function openedFor<T>(
  typed: Typed,
  host: Host,
  work: (credentials: OpenedCredentials) => Promise<T>,
): Promise<Outcome<T, ExitCode>> {
  const opened = await host.openCredentials(host.loadConfig(flagsOf(typed)));
  if (!opened.ok) {
    for (const line of opened.failure.lines) host.remark(`${line}\n`);
    return failed(opened.failure.exit);
  }
  try {
    return done(await work(opened.value));
  } finally {
    await opened.value.close();
  }
}

/** Tells that nothing has this id, and gives the exit code. */
export function unknownId(id: string, host: Host): ExitCode {
  host.remark(`${noneWith(id)}\n`);
  return EXIT.no;
}

/** Says that the command line does not do, and gives the exit code. */
export function wrongLine(command: string, fault: string, host: Host): ExitCode {
  host.remark(`${command}: ${fault}\n`);
  return EXIT.commandLine;
}

function refuse(refusal: ManageRefusal, host: Host): ExitCode {
  switch (refusal.reason) {
    case "denied":
      for (const { code, message } of refusal.decision.reasons) {
        host.remark(`${escapeUnprintable(`${code}: ${message}`)}\n`);
      }
      return EXIT.no;
    case "audit_unavailable":
      host.remark(`${refusal.detail}\n`);
      return EXIT.outside;
    case "not_managed":
      return fail(refusal.failure, host);
  }
}

function fail(failure: DeedFailure, host: Host): ExitCode {
  switch (failure.reason) {
    case "unknown_id":
      return unknownId(failure.id, host);
    case "conflict":
      host.remark("somebody else changes the same credential; try again\n");
      return EXIT.outside;
    case "already_rotated":
      host.remark(
        `${escapeUnprintable(failure.id)} was rotated before: ${failure.replaced_by} took its place; rotate that one, or revoke this one to end its grace\n`,
      );
      return EXIT.no;
    case "unknown_tool":
      host.remark(
        `no source outside the configuration presented ${escapeUnprintable(failure.tool)}; see kubiya tools list\n`,
      );
      return EXIT.no;
    case "another_definition":
      host.remark(
        failure.held
          ? `${escapeUnprintable(failure.tool)} is presented as ${failure.digest}, and not as what was looked at: nothing was approved; look at it (kubiya tools diff), then approve that\n`
          : `${escapeUnprintable(failure.tool)} is approved as it is, ${failure.digest}; the digest that was typed is of another definition, and nothing was approved\n`,
      );
      return EXIT.no;
    case "changed_outside":
      host.remark(
        `somebody else changed ${escapeUnprintable(failure.id)} in the store, and nobody can use it: end it (kubiya auth key revoke ID), make another, and find out who can write the store\n`,
      );
      return EXIT.outside;
    case "store_unavailable":
    case "pepper_unusable":
      host.remark(`${failure.detail}\n`);
      return EXIT.outside;
  }
}

/** A whole credential that was typed by mistake is not said again. */
function noneWith(id: string): string {
  const [, known = ""] = /^kb[kts]_([0-9A-Za-z]{16})/.exec(id) ?? [];
  if (known !== "") {
    return `this is a credential, and the shell may keep it: end it, by its id, which is ${known}`;
  }
  const lists = "kubiya auth key list, kubiya auth token list, kubiya auth session list";
  return `there is none with the id ${escapeUnprintable(id)}; see ${lists}`;
}
