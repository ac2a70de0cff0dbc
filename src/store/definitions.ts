import { statement, type Statement } from "./database.ts";
import { DEFINITION_COLUMNS } from "./rows.ts";
import type { DefinitionRow } from "./types.ts";

const COLUMNS = DEFINITION_COLUMNS.join(", ");
const PLACES = DEFINITION_COLUMNS.map((_, at) => `$${at + 1}`).join(", ");
const BEFORE = `$${DEFINITION_COLUMNS.length + 1}`;

/** Every definition, by the name of its tool. */
export const DEFINITIONS: Statement = statement(
  `SELECT ${COLUMNS} FROM kubiya_definition ORDER BY tool`,
);

/** Writes a definition over the revision before; gives no row where somebody else changed it first. */
export function writeDefinition(row: DefinitionRow): Statement {
  const values = DEFINITION_COLUMNS.map((column) => row[column]);
  if (row.revision === 1) {
    return statement(
      `INSERT INTO kubiya_definition (${COLUMNS}) VALUES (${PLACES})
        ON CONFLICT (tool) DO NOTHING RETURNING tool`,
      ...values,
    );
  }
  return statement(
    `UPDATE kubiya_definition SET (${COLUMNS}) = (${PLACES})
      WHERE tool = $1 AND revision = ${BEFORE} RETURNING tool`,
    ...values,
    row.revision - 1,
  );
}
