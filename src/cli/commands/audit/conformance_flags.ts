import { GROUP_IDS } from "../../../audit/context/verdict.ts";
import { REVISION_IDS } from "../../../oauth/mcp/revision.ts";
import { AUDIT_CLIENT_FLAGS } from "./conformance_clients.ts";
import { CONSENT_FLAGS } from "./conformance_consent.ts";
import { AUDIT_TOKEN_FLAGS } from "./conformance_tokens.ts";
import { AUDIT_FORMATS, type AuditFormat } from "../../../report/audit/formats.ts";
import {
  COMMON_GROUP,
  PROGRESS_FLAG,
  REQUEST_FLAGS,
  RESULT_FLAGS,
  SERVER_FLAGS,
} from "../../args/common_flags.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import { secureUrl } from "../../args/url_value.ts";
import { choice, outputPath, port, text, wholeNumber } from "../../args/values.ts";
import { flagGroup, list, type OptionsOf, type Parsed, toggle, value } from "../../command/flag.ts";

export interface ReportFile<F extends string = AuditFormat> {
  readonly format: F | "json";
  readonly path: string;
}

/** Parses `junit=report.xml`. */
export function reportFile<const F extends string>(
  formats: readonly F[],
): (text: string) => Parsed<ReportFile<F>> {
  const parseFormat = choice(["json", ...formats]);
  return (text) => {
    const at = text.indexOf("=");
    const format = parseFormat(at < 0 ? text : text.slice(0, at));
    if ("problem" in format) return format;
    const path = outputPath(at < 0 ? "" : text.slice(at + 1));
    return "problem" in path ? path : { value: { format: format.value, path: path.value } };
  };
}

/** In addition to human and json, the formats of reports. */
export const FORMAT_FLAG = flagGroup(COMMON_GROUP, {
  format: value(
    "<format>",
    "output format: human, json, junit, sarif, github, md, html or badge (default: human on a " +
      "terminal, else json)",
    choice(["human", "json", ...AUDIT_FORMATS]),
  ),
});

export const CONFORMANCE_FLAGS = {
  ...SERVER_FLAGS,
  ...flagGroup("Checks:", {
    revision: value(
      "<version>",
      "MCP revision whose rules apply (default: the newest that the server supports)",
      choice(REVISION_IDS),
    ),
    group: list("<name>", "run only this group of checks (repeatable)", choice(GROUP_IDS)),
    only: list("<check>", "run only this check; * matches any text (repeatable)", text),
    skip: list("<check>", "skip this check; * matches any text (repeatable)", text),
    safe: toggle("register no client, ask for no consent, and send no token in a URL"),
    browserClients: toggle("report what blocks MCP clients in a browser as a warning"),
  }),
  ...CONSENT_FLAGS,
  ...flagGroup("Client documents:", {
    cimdBase: value(
      "<url>",
      "https URL that leads to --cimd-port, for a server that is not on this machine",
      secureUrl,
    ),
    cimdPort: value("<port>", "port for client metadata documents (default: a free one)", port),
  }),
  ...flagGroup("Clean-up:", {
    residue: value(
      "<path>",
      "file with the audit's clients and tokens until they are removed (default: in the folder of " +
        "the sign-ins)",
      outputPath,
    ),
    cleanUp: value(
      "<path>",
      "do not audit; remove the clients and tokens in the residue file of an earlier audit",
      text,
    ),
  }),
  ...AUDIT_CLIENT_FLAGS,
  ...AUDIT_TOKEN_FLAGS,
  ...flagGroup("Limits:", {
    registrations: value(
      "<number>",
      "clients that the audit may register (default: 20)",
      wholeNumber("number", 200),
    ),
    consents: value(
      "<number>",
      "times that a person may be asked to consent (default: 3)",
      wholeNumber("number", 50),
    ),
    maxWait: value(
      "<seconds>",
      "time that a check may wait for a token to expire (default: 60)",
      wholeNumber("number of seconds", 3600),
    ),
  }),
  ...flagGroup("Result:", {
    list: toggle("list the checks; send no request"),
    plan: toggle("show the numbers of requests, registrations and consents; send no request"),
    report: list(
      "<format>=<path>",
      "also write a report: json, junit, sarif, github, md, html or badge (repeatable)",
      reportFile(AUDIT_FORMATS),
    ),
    failOn: value(
      "<severity>",
      "lowest severity that sets exit status 1: warning, error or never (default: error)",
      choice(["warning", "error", "never"] as const),
    ),
  }),
  ...DISCOVERY_FLAGS,
  ...PROGRESS_FLAG,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
  ...FORMAT_FLAG,
};

export type ConformanceOptions = OptionsOf<typeof CONFORMANCE_FLAGS>;
