import {
  type InputRequiredResult,
  isInputRequiredResult,
  ProtocolError,
  type StandardSchemaV1,
} from "@modelcontextprotocol/server";
import { isObject, type JsonObject } from "../lib/json.ts";
import type { Reply } from "./reply.ts";
import type { ErrorAnswer } from "./wire.ts";

/** Takes any parameters: the library tells what it finds wrong with them in words of its own parts. */
export const ANY_PARAMS: {
  readonly params: StandardSchemaV1<unknown, Readonly<Record<string, unknown>>>;
} = {
  params: {
    "~standard": {
      version: 1,
      vendor: "kubiya",
      validate: (value) =>
        isObject(value) ? { value } : { issues: [{ message: "is no object" }] },
    },
  },
};

/** An error as the protocol's library takes it. */
export function protocolError({ code, message, data }: ErrorAnswer): ProtocolError {
  return new ProtocolError(code, message, data ?? undefined);
}

/** A result as the protocol has it. What a source made up that the protocol does not have never leaves. */
export function protocolResult<Result>(
  reply: Reply,
  isResult: (value: unknown) => value is Result,
): Result {
  if (reply.kind === "error") throw protocolError(reply);
  const { result }: { readonly result: unknown } = reply;
  if (isResult(result)) return result;
  throw new ProtocolError(-32_603, "What came back is nothing that the protocol has");
}

/** The same, or questions instead: three methods may have them. */
export function orQuestions<Result>(
  isResult: (value: unknown) => value is Result,
): (value: unknown) => value is Result | InputRequiredResult {
  return (value): value is Result | InputRequiredResult =>
    isInputRequiredResult(value) || isResult(value);
}

/** A list of what is in the protocol's own form already. */
export function listing(name: string, items: readonly JsonObject[]): Reply {
  return { kind: "result", result: { [name]: items } };
}
