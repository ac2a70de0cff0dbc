import schema from "./schema.json" with { type: "json" };

const { permissions } = schema.properties.roles.additionalProperties.properties;

/** Every permission that there is, as the configuration's schema names them; `*` is all. */
export const PERMISSIONS: readonly string[] = permissions.items.enum;
