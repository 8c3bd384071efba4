import { toFailure, usageFailure } from "../../../core/failure.ts";
import { UnsupportedFile } from "../../../core/input_file.ts";
import { quoted } from "../../../core/text.ts";
import type { Command, Context, Invocation } from "../../command/command.ts";
import { jsonLine } from "../../terminal/json_text.ts";
import { ADAPTERS, OUTPUTS } from "./credential_adapters.ts";
import { credentialFor } from "./credential_answer.ts";
import {
  type Call,
  CREDENTIAL_FLAGS,
  type CredentialFlags,
  LIMIT_MS,
  withinLimit,
  withSignIn,
} from "./credential_call.ts";
import {
  ACTIONS,
  type CredentialRequest,
  PROTOCOL_VERSION,
  readCredentialRequest,
} from "./credential_request.ts";
import { type CapabilitiesDocument, CredentialFailure } from "./credential_response.ts";

async function act(call: Call, request: CredentialRequest): Promise<object> {
  const { action, url = "", account, rejected = "" } = request;
  switch (action) {
    case "capabilities":
      return {
        versions: [PROTOCOL_VERSION],
        actions: ACTIONS,
        interaction: ["never"],
        tokenTypes: ["Bearer", "DPoP"],
        timeLimitSeconds: LIMIT_MS / 1000,
      } satisfies CapabilitiesDocument;
    case "list": {
      const { listSignIns } = await import("./credential_list.ts");
      return { signIns: await listSignIns(request, call.invocation.options, call.runtime) };
    }
    case "get":
      return await withSignIn(
        call,
        url,
        account,
        (found, session) => credentialFor(request, found, session),
      );
    case "erase": {
      const { eraseAccessToken } = await import("../../../flow/credentials/erase_token.ts");
      const hash = rejected.slice("sha256:".length);
      return await withSignIn(call, url, account, async (found, session) => ({
        erased: await eraseAccessToken(session, found.repository, hash),
      }));
    }
  }
}

/** Reads a request from standard input, and returns the response. */
async function protocolResponse(call: Call): Promise<string> {
  const { io, bytes } = call.runtime;
  if (io.stdinIsTerminal) {
    throw usageFailure(
      "stdin_is_terminal",
      "mcpass credential reads a JSON request from standard input, which is a terminal here",
      `Pipe the request in, or print the header fields of a server:\n  ` +
        "mcpass credential headers <url>",
    );
  }
  call.waitsFor = "the end of the request on standard input";
  const input = await bytes.readStdin().catch((error) => {
    if (!(error instanceof UnsupportedFile)) throw error;
    throw usageFailure(
      "credential_request_invalid",
      `the credential request cannot be read: ${error.message}`,
    );
  });
  call.waitsFor = "the store";
  const ok = await act(call, readCredentialRequest(input));
  return jsonLine({ v: PROTOCOL_VERSION, ok });
}

async function run(invocation: Invocation<CredentialFlags>, { runtime }: Context): Promise<number> {
  const { operands: [word, ...others], sources } = invocation;
  const adapter = ADAPTERS.find((it) => it === word);
  if (others.length > 0 || word !== undefined && adapter === undefined) {
    throw usageFailure(
      "unexpected_argument",
      `unexpected argument ${quoted(others[0] ?? word ?? "", 60)}`,
      `Use one of: ${ADAPTERS.join(", ")}, and the server`,
    );
  }
  if (adapter === undefined && sources.get("url") === "flag") {
    throw usageFailure(
      "unexpected_argument",
      "the JSON request names the server, so the command line cannot",
      "Add headers, token or kubernetes, or remove the server",
    );
  }
  const output = adapter === undefined ? protocolResponse : OUTPUTS[adapter];
  try {
    runtime.io.out(await withinLimit(invocation, runtime, output));
  } catch (error) {
    const failure = toFailure(error);
    if (adapter !== "headers" || failure.kind === "cancelled") throw failure;
    throw new CredentialFailure(failure, undefined, "sign_in_needed");
  }
  return 0;
}

export const CREDENTIAL_COMMAND: Command<CredentialFlags> = {
  name: "credential",
  summary: "Give a program a valid credential for a server, without questions",
  operands: "[headers|token|kubernetes]",
  serverOperand: ADAPTERS,
  operandChoices: ADAPTERS,
  examples: [
    [
      "one JSON request, one JSON line",
      `echo '{"v":1,"action":"get","url":"https://server.example/mcp"}' |\n  mcpass credential`,
    ],
    [
      "headersHelper of Claude Code, in .mcp.json",
      '"headersHelper": "mcpass credential headers"',
    ],
    ["the header fields of a server", "mcpass credential headers https://server.example/mcp"],
    ["exec plugin of kubectl", "mcpass credential kubernetes https://server.example/mcp"],
  ],
  flags: CREDENTIAL_FLAGS,
  notes: [
    "Without an argument it reads one JSON object from standard input and writes one JSON line. " +
    "Actions: get, erase, list, capabilities. docs/credential.md describes the protocol, and " +
    "mcpass schema credential-request its members.",
    "A credential is only given for a URL with the same scheme, host and port as the stored sign-in, " +
    "and the same path or one below it. The command asks no questions and ends within 8 " +
    "seconds.",
    "headers prints a JSON object with the header fields, or nothing; without a server it uses " +
    "CLAUDE_CODE_MCP_SERVER_URL. token prints the access token. kubernetes prints an ExecCredential; " +
    "without a server it uses the cluster in KUBERNETES_EXEC_INFO.",
    "Exit status: 0 a credential, 2 the request is invalid, 4 a person has to sign in, 1 any other " +
    "failure. headers ends with 4 after every failure.",
  ],
  run,
  writesLines: true,
  async failureDocument(failure, invocation, _options, args) {
    const words: readonly string[] = invocation?.operands ?? args;
    const isAdapter = ADAPTERS.some((it) => words.includes(it));
    if (isAdapter || failure.kind === "cancelled") return undefined;
    return (await import("./credential_response.ts")).errorResponse(failure);
  },
};
