/**
 * Reader of `--protocol-version`; apart from the others, since it needs the table of revisions.
 *
 * @module
 */

import { quoted } from "../core/text.ts";
import { REVISION_IDS, type RevisionId } from "../oauth/revision.ts";
import { type Parsed, type Parser, problem } from "./parsed.ts";
import { choice } from "./values.ts";

/** The values of `--protocol-version`. */
export const VERSIONS: readonly (RevisionId | "auto")[] = [...REVISION_IDS, "auto"];

/** The first revision of MCP, which many a server still names. */
const WITHOUT_AUTHORIZATION = "2024-11-05";

/** A revision of MCP, or `auto`. */
export const protocolVersion: Parser<RevisionId | "auto"> = Object.assign(
  (given: string): Parsed<RevisionId | "auto"> =>
    given === WITHOUT_AUTHORIZATION
      ? problem(
        `${quoted(given)} knows no authorization`,
        `Give one of ${VERSIONS.join(", ")}, or leave it out`,
      )
      : choice(VERSIONS)(given),
  { choices: VERSIONS },
);
