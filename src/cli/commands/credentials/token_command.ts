import { Failure } from "../../../core/failure.ts";
import { commandText } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { freshSignIn, validityLeft } from "../../../flow/credentials/refresh.ts";
import { isBoundToKey } from "../../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredTokens } from "../../../store/stored_entry.ts";
import { COMMON_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import { posixWord } from "../../args/command_line.ts";
import { openCommandSession } from "../../shared/command_session.ts";
import { findCredentialRepository, STORED_SIGN_IN_FLAGS } from "../../shared/credential_source.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { formatPeriod } from "../../../core/quantities.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { choice, milliseconds } from "../../args/values.ts";

const FORMS = ["header", "env", "curl", "json"] as const;
type OutputForm = typeof FORMS[number];

function curlString(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** A DPoP token also needs a proof, which this header does not have. */
function authorization({ accessToken, tokenType }: StoredTokens): string {
  return `Authorization: ${isBoundToKey(tokenType) ? "DPoP" : "Bearer"} ${accessToken}`;
}

const FORMATTERS: Readonly<
  Record<OutputForm, (tokens: StoredTokens, entry: StoredEntry) => string>
> = {
  header: (tokens) => authorization(tokens),
  env: ({ accessToken }) => `MCPASS_ACCESS_TOKEN=${posixWord(accessToken)}`,
  curl: (tokens, { client: { certificate }, certificateAtServer }) =>
    [
      `header = ${curlString(authorization(tokens))}`,
      // A token that is bound to a certificate is valid only on a connection with that certificate.
      ...certificate === undefined || certificateAtServer !== true ? [] : [
        `cert = ${curlString(certificate.certFile)}`,
        `key = ${curlString(certificate.keyFile)}`,
      ],
    ].join("\n"),
  json: ({ accessToken, tokenType, expiresAt }, entry) =>
    jsonText({
      accessToken,
      tokenType,
      expiresAt,
      scope: entry.grantedScope,
      serverUrl: entry.serverUrl,
      account: entry.account,
      issuer: entry.issuer,
      resource: entry.resource,
      relaxations: entry.relaxations,
    }).trimEnd(),
};

/** What a request needs besides the token, if the output does not contain it. */
function proofNote(
  { serverUrl, tokens, client, certificateAtServer }: StoredEntry,
  as: OutputForm | undefined,
): string | undefined {
  if (isBoundToKey(tokens?.tokenType ?? "")) {
    const command = commandText("tools list", { url: serverUrl });
    return "the token is bound to a key (DPoP): a server accepts it only with a proof for that request. " +
      `mcpass makes the proofs:\n  ${command}`;
  }
  if (certificateAtServer !== true || as === "curl" || client.certificate === undefined) return;
  return "the server accepts the token only with the client certificate " +
    `${quoted(client.certificate.certFile, 4096)}; --as curl names it and its key`;
}

const TOKEN_FLAGS = {
  ...flagGroup("Output:", {
    as: value(
      "<form>",
      "header (Authorization line), env (MCPASS_ACCESS_TOKEN=…), curl (for curl -K -), json",
      choice(FORMS),
    ),
    minValidity: value(
      "<ms>",
      "refresh when less is left (default: the smaller of 60000 and a tenth of the lifetime)",
      milliseconds,
    ),
  }),
  ...STORED_SIGN_IN_FLAGS,
  ...COMMON_FLAGS,
};

export const TOKEN_COMMAND: Command<typeof TOKEN_FLAGS> = {
  name: "oauth token",
  summary: "Print a valid access token, refreshing it if needed",
  examples: [
    ["for a script", "TOKEN=$(mcpass oauth token --url https://server.example/mcp)"],
    [
      "for curl, and not in its list of arguments",
      "mcpass oauth token --url https://server.example/mcp --as curl |\n" +
      "  curl -K - https://server.example/mcp",
    ],
    [
      "for a program that takes a minute",
      "mcpass oauth token --url https://server.example/mcp --min-validity 60000",
    ],
  ],
  flags: TOKEN_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    "Standard output has the token and a newline, or nothing. Several processes can run this " +
    "command at once: one of them refreshes the token, the others wait for it.",
    "Standard output of this command is a secret. MCPASS_HIDE_SECRETS does not affect it, so you can " +
    "set that variable for a complete script.",
    "Exit status: 0 a token was written, 1 it could not be refreshed now, 2 usage, 4 a person has to " +
    "sign in: the error names the command.",
  ],
  async run(invocation, { runtime }) {
    const { options } = invocation;
    const { url: serverUrl = "", as, minValidity: minValidityMs } = options;
    const session = await openCommandSession(runtime, options, {
      command: { name: "oauth token", flags: TOKEN_FLAGS },
      invocation,
      serverUrl,
    });
    const { entry, tokens } = await session.run(async () => {
      const found = await findCredentialRepository(serverUrl, invocation, runtime);
      const { repository } = found;
      session.trustAsStored(found.loginFlags);
      const entry = await freshSignIn(session, repository, serverUrl, { minValidityMs });
      const { tokens } = entry;
      // Even a token that was just refreshed may expire earlier than --min-validity allows.
      const left = tokens && validityLeft(tokens, runtime.clock.now());
      if (tokens !== null && (left === null || left >= (minValidityMs ?? -Infinity))) {
        return { entry, tokens };
      }
      const { expiresAt = null, obtainedAt = "" } = tokens ?? {};
      const lasts = expiresAt === null
        ? 0
        : (Date.parse(expiresAt) - Date.parse(obtainedAt)) / 1000;
      throw new Failure(
        "validity_too_short",
        `the server issues tokens for ${formatPeriod(lasts)}, and --min-validity asks for ` +
          `${minValidityMs} ms`,
        { remedy: `Ask for less, or have ${quoted(entry.issuer)} issue longer ones` },
      );
    });
    const note = proofNote(entry, as);
    if (note !== undefined && !options.quiet) runtime.io.err(`note: ${note}\n`);
    runtime.io.out(`${as === undefined ? tokens.accessToken : FORMATTERS[as](tokens, entry)}\n`);
    return 0;
  },
  failureDocument: () => undefined,
};
