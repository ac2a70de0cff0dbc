import type { Arrived, Enforcement, Refusal } from "../enforcement/types.ts";
import { isObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";

/** What a client calls itself. */
export interface ClientName {
  readonly name: string | null;
  readonly version: string | null;
}

/** Where a modern client's name stands in the `_meta` of its request. */
export const CLIENT_INFO = "io.modelcontextprotocol/clientInfo";

/** Where it says what it can be asked for. */
export const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

/** The name in what a client says of itself. */
export function clientNamed(info: unknown): ClientName {
  if (!isObject(info)) return { name: null, version: null };
  const { name, version } = info;
  return {
    name: typeof name === "string" ? name : null,
    version: typeof version === "string" ? version : null,
  };
}

/** One of enforcement's questions, of a client that is named when it asks. */
type AskedBy<Question> = Question extends (
  arrived: Arrived,
  ...asked: infer Asked extends readonly unknown[]
) => infer Answer
  ? (client: ClientName, ...asked: Asked) => Answer
  : never;

/** What a client can ask for, each with what enforcement answers. */
export type Ask = {
  readonly [Name in "list" | "call" | "show" | "read" | "admit"]: AskedBy<Enforcement[Name]>;
};

/** Takes a request as it arrives: what decides about it, and who asks. */
export type Arrive = (client: ClientName) => Promise<Outcome<Arrived, Refusal>>;

/** Asks enforcement about each request; `refused` hears of those that come to nothing. */
export function createAsk(
  enforcement: Enforcement,
  arrive: Arrive,
  refused: (refusal: Refusal) => void,
): Ask {
  const ask =
    <Asked extends readonly unknown[], Answer>(
      question: (arrived: Arrived, ...asked: Asked) => Promise<Outcome<Answer, Refusal>>,
    ) =>
    async (client: ClientName, ...asked: Asked): Promise<Outcome<Answer, Refusal>> => {
      const arrived = await arrive(client);
      const answer = arrived.ok ? await question(arrived.value, ...asked) : arrived;
      if (!answer.ok) refused(answer.failure);
      return answer;
    };
  return {
    list: ask(enforcement.list),
    call: ask(enforcement.call),
    show: ask(enforcement.show),
    read: ask(enforcement.read),
    admit: ask(enforcement.admit),
  };
}
