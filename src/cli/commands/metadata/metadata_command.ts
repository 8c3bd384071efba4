import { EXIT_STATUS, Failure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { serverUrl } from "../../args/url_value.ts";
import { VERSION_FLAG, VERSIONS } from "../../args/version_value.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import {
  choicesOf,
  namedHosts,
  pinnedRevision,
  storedSignIn,
  withChoices,
} from "../../shared/discovery_choices.ts";
import { hostedHttp, isHosted } from "../../shared/hosted_rules.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { partsOf } from "../../terminal/failure_text.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import {
  failedMetadataDocument,
  type MetadataDocument,
  metadataDocument,
  metadataText,
} from "./metadata_result.ts";
import { REQUIRED_SERVER, type WithUrl } from "../../shared/sign_in/required_server.ts";

const WHAT = "Source:";

const METADATA_FLAGS = {
  ...flagGroup(WHAT, {
    url: value(
      "<url>",
      "a metadata document, an MCP server or an issuer: the same as <server>",
      serverUrl,
    ),
  }),
  protocolVersion: {
    ...VERSION_FLAG,
    group: WHAT,
    about: `${
      VERSIONS.join(", ")
    } (default: auto: the checks of the latest, and a verdict for each)`,
  },
  header: { ...SERVER_FLAGS.header, group: WHAT },
  ...DISCOVERY_FLAGS,
  maxResponseSize: { ...SERVER_FLAGS.maxResponseSize, group: WHAT },
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

const REQUIRED_URL: RequiredOption<WithUrl> = {
  ...REQUIRED_SERVER,
  message: "Which metadata?",
  reason: "a metadata document, an MCP server, or an issuer",
  example: "https://server.example/.well-known/oauth-protected-resource",
  other: "Another URL",
};

function firstError(findings: readonly Finding[]): Failure | undefined {
  const first = findings.find((it) => it.severity === "error");
  return first && new Failure(first.code, first.message, first);
}

export const METADATA_COMMAND: Command<typeof METADATA_FLAGS> = sessionCommand({
  name: "oauth metadata",
  summary: "Fetch and check OAuth metadata, or discover it from an MCP server",
  examples: [
    [
      "the metadata of an MCP server",
      "mcpass oauth metadata \\\n" +
      "  --url https://your-server.com/.well-known/oauth-protected-resource",
    ],
    [
      "the metadata of an authorization server",
      "mcpass oauth metadata \\\n" +
      "  --url https://auth.example.com/.well-known/oauth-authorization-server",
    ],
    [
      "discover everything from an MCP server; register nothing",
      "mcpass oauth metadata https://your-server.com/mcp",
    ],
    [
      "only the errors and warnings",
      "mcpass oauth metadata https://auth.example.com --format json |\n" +
      "  jq '.findings[] | select(.severity != \"info\") | .message'",
    ],
  ],
  flags: METADATA_FLAGS,
  requiredOptions: [REQUIRED_URL],
  notes: [
    "A URL with a well-known path is read as a metadata document. For any other URL, mcpass first " +
    "sends a request without a token, as to an MCP server. If the response is not 401 and there is " +
    "no resource metadata, it reads the URL as a document, then as an issuer.",
    "The findings apply the rules of --protocol-version (default: the latest revision). An error " +
    "means that a client of that revision refuses the document. With MCPASS_HOSTED=1, the safety " +
    "rules of oauth proxy apply.",
    "Exit status: 0 no error found, 1 a document is missing or has an error, 2 usage, 130 cancelled.",
  ],
  needs({ options }, { runtime }) {
    const { url = "", proxy } = options;
    return {
      http: (caCerts) =>
        isHosted(runtime.env) ? hostedHttp(url, proxy, caCerts) : namedHosts(url, options, runtime),
    };
  },
  async report(session, { options }, { runtime, format }) {
    const { io, env } = runtime;
    const { serverUrl: url, stepTimeoutMs } = session;
    const { header: headers, protocolVersion = "auto", verbose } = options;
    const { inspect } = await import("../../../flow/inspect/inspect.ts");
    // Inside a service, the store is not that of the person who asks.
    const stored = isHosted(env) ? undefined : await storedSignIn(url, runtime);
    session.trustAsStored(stored?.loginFlags);
    const signIn = withChoices(stored ?? { serverUrl: url }, options);
    const inspection = await inspect({
      url,
      headers,
      stepTimeoutMs,
      protocolVersion: protocolVersion === "auto" ? undefined : protocolVersion,
      pinnedRevision: pinnedRevision(signIn),
      ...await choicesOf(signIn, io),
    }, { ...session, command: session.commands((flags) => signInCommand(signIn, flags)) });
    const document = metadataDocument(url, inspection);
    const failure = inspection.failure ?? undefined;
    const hasText = format === "human" && (document.chain ?? document.document ?? null) !== null;
    const first = failure ?? firstError(document.findings);
    const fault = hasText && first !== undefined ? await partsOf(first) : undefined;
    return {
      document,
      text: (view, shown) =>
        hasText
          ? metadataText(shown as MetadataDocument, {
            ...view,
            everything: verbose,
            fault,
            signIn: signInCommand(signIn, inspection.loginFlags),
          })
          : undefined,
      failure,
      statesFailure: hasText && io.stdoutIsTerminal,
      exitStatus: document.error === undefined ? 0 : EXIT_STATUS.operation,
    };
  },
  failureDocument: (failure, _invocation, { url }) =>
    failedMetadataDocument(failure, url ?? undefined),
});
