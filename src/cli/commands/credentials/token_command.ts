import { commandText } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { authorizationValue, validSignIn } from "../../../flow/credentials/valid_sign_in.ts";
import { isBoundToKey } from "../../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredRelaxations, StoredTokens } from "../../../store/stored_entry.ts";
import {
  COMMON_FLAGS,
  COMMON_GROUP,
  FORMATS as RESULT_FORMATS,
  RESULT_FLAGS,
} from "../../args/common_flags.ts";
import type { Command, Context, Invocation } from "../../command/command.ts";
import { posixWord } from "../../args/command_line.ts";
import { openCommandSession } from "../../shared/command_session.ts";
import {
  findCredentialRepository,
  STORED_SIGN_IN_FLAGS,
} from "../../shared/sign_in/credential_source.ts";
import { flagGroup, type OptionsOf, toggle, value } from "../../command/flag.ts";
import { exclusive, requires } from "../../args/flag_rules.ts";
import { signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { documentText } from "../../terminal/json_text.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { choice, milliseconds, path } from "../../args/values.ts";

const FORMS = ["header", "env", "curl", "json"] as const;
type OutputForm = typeof FORMS[number];

function curlString(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** A DPoP token also needs a proof, which this header does not have. */
function authorization(tokens: StoredTokens): string {
  return `Authorization: ${authorizationValue(tokens)}`;
}

export interface TokenDocument
  extends Pick<StoredTokens, "accessToken" | "tokenType" | "expiresAt"> {
  readonly scope: string | null;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
  readonly resource: string | null;
  readonly relaxations: StoredRelaxations;
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
    documentText(
      {
        accessToken,
        tokenType,
        expiresAt,
        scope: entry.grantedScope,
        serverUrl: entry.serverUrl,
        account: entry.account,
        issuer: entry.issuer,
        resource: entry.resource,
        relaxations: entry.relaxations,
      } satisfies TokenDocument,
    ).trimEnd(),
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
      "output as header (Authorization: ...), env (MCPASS_ACCESS_TOKEN=...), curl (for curl -K -) or json",
      choice(FORMS),
    ),
    decode: toggle(
      "show the header and claims of the access token and what is wrong with them; no request is sent",
    ),
    accessTokenFile: value(
      "<path>",
      "with --decode: the token in this file, or - for standard input, instead of the stored one",
      path,
      { env: false },
    ),
    minValidity: value(
      "<ms>",
      "refresh if the token expires sooner (default: 60000, at most a tenth of its lifetime)",
      milliseconds,
    ),
  }),
  ...STORED_SIGN_IN_FLAGS,
  // A variable must not change what a script gets from this command.
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "human (default: the token), or json for a document: the same as --as json",
      RESULT_FORMATS,
      { env: false },
    ),
  }),
  field: RESULT_FLAGS.field,
  ...COMMON_FLAGS,
};

type TokenFlags = typeof TOKEN_FLAGS;

function isNeeded({ url, decode, accessTokenFile }: OptionsOf<TokenFlags>): boolean {
  return url === undefined && !(decode && accessTokenFile !== undefined);
}

/** Shows a token; a stored one as it is, without a refresh. */
async function decode(
  invocation: Invocation<TokenFlags>,
  { runtime, format }: Context,
): Promise<number> {
  const { options } = invocation;
  const { url, as, accessTokenFile } = options;
  const command = { name: "oauth token", flags: TOKEN_FLAGS };
  const serverUrl = url ?? "";
  const session = await openCommandSession(runtime, options, { command, invocation, serverUrl });
  const now = runtime.clock.now();
  const { document } = await session.run(async () => {
    const { decodeToken } = await import("./decode_token.ts");
    if (accessTokenFile !== undefined) {
      const { readSecret } = await import("../../shared/input_files.ts");
      const { secret } = await readSecret("--access-token-file", accessTokenFile, runtime.io);
      const token = secret.trim().replace(/^(?:authorization: *)?(?:bearer|dpop) +/i, "");
      session.secrets.add(token);
      return { document: decodeToken(token, url, undefined, now) };
    }
    const { repository } = await findCredentialRepository(serverUrl, invocation, runtime);
    const entry = await repository.read();
    const token = entry?.tokens?.accessToken;
    if (entry !== undefined && token !== undefined) {
      session.secrets.add(token);
      session.secrets.add(entry.tokens?.refreshToken);
      return { document: decodeToken(token, serverUrl, entry, now) };
    }
    const message = `no access token is stored for ${quoted(serverUrl)}`;
    throw signInNeeded("not_signed_in", message, entry ?? { serverUrl });
  });
  const shown = maskDocument(document, session.secrets);
  const { decodedTokenText } = await import("./decode_token.ts");
  const isJson = as === "json" || (options.format ?? format) === "json";
  const { io } = runtime;
  io.out(
    isJson ? documentText(shown) : decodedTokenText(shown, session.view(io.stdoutIsTerminal), now),
  );
  return 0;
}

export const TOKEN_COMMAND: Command<typeof TOKEN_FLAGS> = {
  name: "oauth token",
  summary: "Print a valid access token, refreshing it if needed",
  examples: [
    ["for a script", "TOKEN=$(mcpass token https://server.example/mcp)"],
    [
      "for curl, without the token in the process list",
      "mcpass token https://server.example/mcp --as curl |\n" +
      "  curl -K - https://server.example/mcp",
    ],
    [
      "what is in it, and what is wrong with it",
      "mcpass token https://server.example/mcp --decode",
    ],
    [
      "the claims of another token",
      "pbpaste | mcpass token --decode --access-token-file -",
    ],
    [
      "for a program that runs for a minute",
      "mcpass token https://server.example/mcp --min-validity 60000",
    ],
  ],
  flags: TOKEN_FLAGS,
  requiredOptions: [{ ...REQUIRED_SIGN_IN, missing: isNeeded }],
  rules: [
    requires("accessTokenFile", ["decode"], {
      message: "--access-token-file requires --decode",
      remedy: "Add --decode",
    }),
    exclusive(["format", "as"], {
      when: ({ format, as }) => (format === "json") !== (as === "json"),
      message: ({ format, as }) => `--format ${format} and --as ${as} cannot be used together`,
    }),
    exclusive(["field", "as"], {
      when: ({ as }) => as !== "json",
      message: ({ as }) => `--field requires --as json, but --as is ${as}`,
      remedy: "Remove --as",
    }),
  ],
  notes: [
    "Standard output has the token and a newline, or nothing. Several processes can run this " +
    "command at once: one of them refreshes the token, the others wait for it.",
    "Standard output of this command is a secret. MCPASS_HIDE_SECRETS does not affect it, so a " +
    "script can set that variable for all of its commands.",
    "Exit status: 0 the token was printed, 1 it could not be refreshed now, 2 usage, 4 a person has to " +
    "sign in: the error names the command.",
  ],
  async run(invocation, context) {
    const { options } = invocation;
    const { runtime } = context;
    if (options.decode) return await decode(invocation, context);
    const { url: serverUrl = "", field, format, minValidity: minValidityMs } = options;
    const as = field === undefined && format !== "json" ? options.as : "json";
    const session = await openCommandSession(runtime, options, {
      command: { name: "oauth token", flags: TOKEN_FLAGS },
      invocation,
      serverUrl,
    });
    const { entry } = await session.run(async () => {
      const found = await findCredentialRepository(serverUrl, invocation, runtime);
      session.trustAsStored(found.loginFlags);
      return { entry: await validSignIn(session, found.repository, serverUrl, { minValidityMs }) };
    });
    const { tokens } = entry;
    const note = proofNote(entry, as);
    if (note !== undefined && !options.quiet) runtime.io.err(`note: ${note}\n`);
    runtime.io.out(`${as === undefined ? tokens.accessToken : FORMATTERS[as](tokens, entry)}\n`);
    return 0;
  },
  failureDocument: (failure, invocation, { as, field, format }) =>
    invocation?.options.decode === true || [as, format].includes("json") || field !== undefined
      ? errorDocument(failure)
      : undefined,
};
