import { type Behaviour, form, once } from "./asking.ts";

const OPTIONS = ["option1", "option2", "option3"];

/** The same choices with a title each. */
const TITLED = ["First", "Second", "Third"].map((title, at) => ({
  const: `value${at + 1}`,
  title: `${title} option`,
}));

const DEFAULTS = form(
  "Please review the form",
  {
    name: { type: "string", description: "User name", default: "John Doe" },
    age: { type: "integer", description: "User age", default: 30 },
    score: { type: "number", description: "User score", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", description: "Verification status", default: true },
  },
  [],
);

const ENUMS = form(
  "Please select",
  {
    untitledSingle: { type: "string", enum: OPTIONS },
    titledSingle: { type: "string", oneOf: TITLED },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      items: { type: "string", enum: OPTIONS },
    },
    titledMulti: { type: "array", minItems: 1, maxItems: 3, items: { anyOf: TITLED } },
  },
  [],
);

/** Tools that ask the user to fill in a form with every kind of field, by name. */
export const FORMS: Readonly<Record<string, Behaviour>> = {
  test_elicitation_sep1034_defaults: once(() => ({ user: DEFAULTS })),
  test_elicitation_sep1330_enums: once(() => ({ user: ENUMS })),
};
