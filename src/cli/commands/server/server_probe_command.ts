import { commandText, type PrintedCommand } from "../../../core/command_text.ts";
import type { ProbeResult } from "../../../flow/inspect/probe_server.ts";
import { Failure } from "../../../core/failure.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import type { Command } from "../../command/command.ts";
import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import {
  choicesOf,
  namedHosts,
  pinnedRevision,
  storedSignIn,
  withChoices,
} from "../../shared/discovery_choices.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import type { NextCommand } from "../../terminal/finding_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { probeText } from "./server_probe_text.ts";
import { REQUIRED_SERVER } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";

const PROBE_FLAGS = {
  ...SERVER_FLAGS,
  ...DISCOVERY_FLAGS,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

export interface ProbeDocument extends Omit<ProbeResult, "error"> {
  /** Why no sign-in can be tried. */
  readonly problem: ProbeResult["error"];
}

export function explainCommand({ error }: ProbeResult): NextCommand | undefined {
  return error === null ? undefined : [
    "What that means",
    { line: commandText("explain", {}, [error.code]) },
  ];
}

function nextCommand(result: ProbeResult, signIn: PrintedCommand): NextCommand | undefined {
  const { serverUrl } = result;
  switch (result.status) {
    case "open":
      return ["List its tools", { line: commandText("tools list", { url: serverUrl }) }];
    case "authorization_required":
      return ["Sign in", signIn];
    case "authorization_unclear":
      return ["See which documents were requested", {
        line: commandText("oauth metadata", { url: serverUrl }),
      }];
    default:
      return explainCommand(result);
  }
}

export const SERVER_PROBE_COMMAND: Command<typeof PROBE_FLAGS> = sessionCommand({
  name: "server probe",
  summary: "Show what a server offers to a client without credentials",
  examples: [
    ["one server", "mcpass server probe https://server.example/mcp"],
    [
      "how to register, for a script",
      "mcpass server probe https://server.example/mcp --format json \\\n" +
      "  | jq .authorizationServer.registration",
    ],
  ],
  flags: PROBE_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    "Sends the first request of both protocols (stateless, and with initialize), without a token, and " +
    "reads the metadata that the responses name. It registers nothing and signs nobody in.",
    "Exit status: 0 an MCP server responded, 1 none did, 2 usage, 130 cancelled.",
  ],
  needs: ({ options }, { runtime }) => ({
    ...HIDES_STEPS,
    http: () => namedHosts(options.url ?? "", options, runtime),
  }),
  async report(session, { options }, { runtime }) {
    const { serverUrl } = session;
    const headerNames = options.header.map(([name]) => name);
    const stored = await storedSignIn(serverUrl, runtime) ?? { serverUrl, headerNames };
    session.trustAsStored(stored.loginFlags);
    // An unusable --ca-file or --proxy is not a fault of the server.
    await session.openHttp();
    const { probe } = await import("../../../flow/inspect/probe_server.ts");
    const signIn = withChoices(stored, options);
    const command = session.commands((flags) => signInCommand(signIn, flags));
    const choices = {
      protocolVersion: pinnedRevision(signIn),
      ...await choicesOf(signIn, runtime.io),
    };
    const { result, loginFlags } = await probe(serverUrl, { ...session, command }, choices);
    const { error, ...facts } = result;
    const { status } = facts;
    const next = nextCommand(result, command(loginFlags));
    return {
      document: { ...facts, problem: error } satisfies ProbeDocument,
      text: (view) => probeText(result, next, verdictPrinter(runtime), view),
      statesFailure: true,
      failure: error !== null && (status === "unreachable" || status === "not_mcp")
        ? new Failure(error.code, error.message, { remedy: error.remedy ?? undefined })
        : undefined,
    };
  },
});
