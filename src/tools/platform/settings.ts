// On the trust boundary: what may be set on things of the platform. A setting that is not here is refused: nobody could
// decide about a runner that it names or a script that it brings. Tools and sources are those that there are, by name.

import type { JsonObject } from "../../lib/json.ts";
import { objectArgument, textArgument } from "./arguments.ts";

const DESCRIPTION = textArgument("What it is for.");

/** Of a source. */
export const SOURCE_SETTINGS: JsonObject = settings("What else it has.", {
  description: DESCRIPTION,
  dynamic_config: objectArgument("What its tools are configured with."),
});

/** Of an agent. */
export const AGENT_SETTINGS: JsonObject = settings("What else it has.", {
  name: textArgument("Its name."),
  description: DESCRIPTION,
  ai_instructions: { type: "string", description: "What it is told to do." },
  llm_model: textArgument("The model that it is."),
  is_debug_mode: { type: "boolean", description: "Whether it tells more." },
  links: texts("Addresses of what it may read."),
  sources: known("Ids of sources."),
  tools: known("Names of tools."),
  integrations: known("Names of integrations."),
  secrets: known("Names of secrets."),
  allowed_users: texts("Who may use it."),
  allowed_groups: texts("Which groups may use it."),
  owners: texts("Whose it is."),
});

/** Of an integration. */
export const INTEGRATION_SETTINGS: JsonObject = settings("What it has.", {
  description: DESCRIPTION,
  integration_type: textArgument("What it integrates."),
  auth_type: textArgument("How it authenticates."),
  configs: {
    type: "array",
    items: objectArgument("One of its configurations."),
    description: "Its configurations.",
  },
});

function settings(description: string, properties: JsonObject): JsonObject {
  return { ...objectArgument(description), additionalProperties: false, properties };
}

function texts(description: string): JsonObject {
  return { type: "array", items: textArgument("One of them."), description };
}

/** Of what there is: an address would bring something new. */
function known(description: string): JsonObject {
  const items = { ...textArgument("One of them, no address."), pattern: "^[^:/]*$" };
  return { type: "array", items, description };
}
