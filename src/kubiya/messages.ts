import type { Wanted } from "../outbound/types.ts";

/** One message of a stream. */
export type Message =
  /** An event (HTML, section 9.2); its name is empty where it has none. */
  | { readonly kind: "event"; readonly name: string; readonly text: string }
  /** A part of the data stream format: one character says what it is. */
  | { readonly kind: "part"; readonly code: string; readonly text: string };

/** Takes the lines of a stream, and its end. */
export interface Messages {
  readonly line: (line: string) => Wanted;
  /** What stands in lines that no empty one followed is a message too. */
  readonly end: () => void;
}

/** Makes messages of lines, in either of the two formats: they are told apart by their first field. */
export function createMessages(onMessage: (message: Message) => Wanted): Messages {
  let name = "";
  const texts: string[] = [];

  return {
    line: (line) => {
      if (line === "") return dispatch();
      const part = /^([0-9a-z]):(.*)$/.exec(line);
      if (part !== null) {
        return onMessage({ kind: "part", code: part[1] ?? "", text: part[2] ?? "" });
      }
      const [field = ""] = line.split(":", 1);
      const value = line.slice(field.length + 1).replace(/^ /, "");
      if (field === "event") name = value;
      if (field === "data") texts.push(value);
      return "more";
    },
    end: () => void dispatch(),
  };

  function dispatch(): Wanted {
    const event = { kind: "event", name, text: texts.join("\n") } as const;
    const empty = name === "" && texts.length === 0;
    name = "";
    texts.length = 0;
    return empty ? "more" : onMessage(event);
  }
}
