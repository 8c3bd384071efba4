/** The schema of each document: one row for each command that writes one, and for each file format. @module */

import type * as z from "zod";
import { ARTIFACT } from "../../trace/artifact_schema.ts";
import { BASELINE_FILE, SUITE_FILE } from "../../audit/suite/suite_schema.ts";
import { CONFORMANCE, CONFORMANCE_SUITE, SERVER_DIFF } from "./audit.ts";
import { CREDENTIAL, CREDENTIAL_REQUEST } from "./credential.ts";
import { CLIENT, CONFIG_IMPORT, LOGOUT, REFRESH, RENAME, STATUS, TOKENS } from "./credentials.ts";
import { CONFIG, CONFIG_LIST, CONFIG_REMOVE } from "./config.ts";
import { CREDENTIALS_FILE, PROGRESS_EVENT } from "./files.ts";
import { COMPLETION, EXPLAIN, HELP, REPORT, SCHEMA, VERSION } from "./info.ts";
import { LOGIN } from "./login.ts";
import {
  CLIENT_METADATA,
  CLIENT_METADATA_CHECK,
  CLIENT_METADATA_SERVE,
  DEBUG_PROXY,
  PROXY,
} from "./requests.ts";
import {
  PROMPTS_GET,
  PROMPTS_LIST,
  RESOURCES_LIST,
  RESOURCES_READ,
  RESOURCES_TEMPLATES,
  SERVER_INFO,
  TOOLS_CALL,
  TOOLS_LIST,
} from "./mcp_results.ts";
import { DOCTOR, METADATA, PROBE } from "./server.ts";
import { MIGRATE, NEW_KEY, REKEY, STORE_LOG, STORE_PRUNE } from "./store.ts";
import { EXPORT, IMPORT, RECIPIENT, STORE_COPY } from "./transfer.ts";

/** By the words after `mcpass`. */
export const COMMAND_SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ["oauth login", LOGIN],
  ["oauth metadata", METADATA],
  ["oauth proxy", PROXY],
  ["oauth debug-proxy", DEBUG_PROXY],
  ["server probe", PROBE],
  ["server doctor", DOCTOR],
  ["server diff", SERVER_DIFF],
  ["oauth conformance", CONFORMANCE],
  ["oauth conformance-suite", CONFORMANCE_SUITE],
  ["tools list", TOOLS_LIST],
  ["tools call", TOOLS_CALL],
  ["resources list", RESOURCES_LIST],
  ["resources templates", RESOURCES_TEMPLATES],
  ["resources read", RESOURCES_READ],
  ["prompts list", PROMPTS_LIST],
  ["prompts get", PROMPTS_GET],
  ["server info", SERVER_INFO],
  ["oauth token", TOKENS],
  ["credential", CREDENTIAL],
  ["config", CONFIG],
  ["config list", CONFIG_LIST],
  ["config remove", CONFIG_REMOVE],
  ["config import", CONFIG_IMPORT],
  ["oauth status", STATUS],
  ["oauth wait", STATUS],
  ["oauth refresh", REFRESH],
  ["oauth logout", LOGOUT],
  ["oauth export", EXPORT],
  ["oauth import", IMPORT],
  ["oauth recipient", RECIPIENT],
  ["store copy", STORE_COPY],
  ["rename", RENAME],
  ["store prune", STORE_PRUNE],
  ["store log", STORE_LOG],
  ["store migrate", MIGRATE],
  ["store new-key", NEW_KEY],
  ["store rekey", REKEY],
  ["oauth client-metadata generate", CLIENT_METADATA],
  ["oauth client-metadata check", CLIENT_METADATA_CHECK],
  ["oauth client-metadata serve", CLIENT_METADATA_SERVE],
  ["oauth client", CLIENT],
  ["oauth report", REPORT],
  ["explain", EXPLAIN],
  ["version", VERSION],
  ["help", HELP],
  ["schema", SCHEMA],
  ["completion", COMPLETION],
]);

/** Files and lines that are no result of a command. */
export const FILE_SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ["debug-artifact", ARTIFACT],
  ["credentials-file", CREDENTIALS_FILE],
  ["credential-request", CREDENTIAL_REQUEST],
  ["progress-event", PROGRESS_EVENT],
  ["suite-file", SUITE_FILE],
  ["baseline", BASELINE_FILE],
]);

export const SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map([
  ...COMMAND_SCHEMAS,
  ...FILE_SCHEMAS,
]);
