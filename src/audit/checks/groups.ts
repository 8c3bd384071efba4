/** Every check of `oauth conformance`, by group. @module */

import type { CheckGroup } from "../context/check.ts";
import { GROUP_IDS } from "../context/verdict.ts";
import { AUTHORIZATION_GROUP } from "./authorization/group.ts";
import { CHALLENGE_GROUP } from "./challenge.ts";
import { REGISTRATION_GROUP } from "./registration/group.ts";
import { SERVER_METADATA_GROUP } from "./server_metadata.ts";
import { TOKEN_ENDPOINT_GROUP } from "./token_endpoint.ts";

const ALL: readonly CheckGroup[] = [
  CHALLENGE_GROUP,
  SERVER_METADATA_GROUP,
  REGISTRATION_GROUP,
  AUTHORIZATION_GROUP,
  TOKEN_ENDPOINT_GROUP,
];

/** Grows when checks are added or judge more strictly: results of different ones are not comparable. */
export const CATALOGUE_VERSION = 1;

/** In the order of a run. */
export const GROUPS: readonly CheckGroup[] = GROUP_IDS.flatMap((id) =>
  ALL.filter((group) => group.id === id)
);
