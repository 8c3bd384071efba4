/** Apart from `values.ts`, because it loads the table of revisions. @module */

import { LATEST, REVISION_IDS, type RevisionId, REVISIONS } from "../../oauth/mcp/revision.ts";
import { flagGroup, type Parser, problem, value } from "../command/flag.ts";
import { choice } from "./values.ts";

export const VERSIONS: readonly (RevisionId | "auto")[] = [...REVISION_IDS, "auto"];

/** The first revision of MCP, which many servers still name. */
const WITHOUT_AUTHORIZATION = "2024-11-05";

const protocolVersion: Parser<RevisionId | "auto"> = Object.assign(
  (text: string) =>
    text === WITHOUT_AUTHORIZATION
      ? problem(
        `revision ${text} has no authorization`,
        `Use one of: ${VERSIONS.join(", ")}`,
      )
      : choice(VERSIONS)(text),
  { choices: VERSIONS },
);

const FLAGS = flagGroup("Server:", {
  protocolVersion: value("<v>", `${VERSIONS.join(", ")} (default: auto)`, protocolVersion),
});

/** Not a destructured export: a merged file of the build could not assign it. */
export const VERSION_FLAG: typeof FLAGS.protocolVersion = FLAGS.protocolVersion;

/** True for a revision that checks less than the latest one. */
export function hasWeakerChecks(version: RevisionId | "auto" | undefined): boolean {
  const row = REVISIONS.find(({ id }) => id === version);
  return row !== undefined &&
    (row.issuerMismatch !== LATEST.issuerMismatch ||
      row.pkceAdvertisement !== LATEST.pkceAdvertisement);
}
