import { quoted } from "../../../core/text.ts";
import { signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import { validSignIn } from "../../../flow/credentials/valid_sign_in.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import { exclusive, requires } from "../../args/flag_rules.ts";
import type { Command, Context, Invocation } from "../../command/command.ts";
import type { OptionsOf } from "../../command/flag.ts";
import { openCommandSession } from "../../shared/command_session.ts";
import { findCredentialRepository } from "../../shared/sign_in/credential_source.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { documentText } from "../../terminal/json_text.ts";
import { TOKEN_FLAGS, type TokenFlags } from "./token_flags.ts";
import { proofNote, tokenText } from "./token_text.ts";

function isNeeded({ url, decode, accessTokenFile }: OptionsOf<TokenFlags>): boolean {
  return url === undefined && !(decode && accessTokenFile !== undefined);
}

async function openTokenFile(path: string, { load }: Context["runtime"]) {
  const { openOutputFile } = await load(() => import("../../../trace/output_file.ts"));
  return await openOutputFile(path);
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
    ["once, for an init container", "mcpass token https://server.example/mcp --out /run/token"],
    [
      "as long as a service runs",
      "mcpass token https://server.example/mcp --watch /run/token --health 8080",
    ],
  ],
  flags: TOKEN_FLAGS,
  requiredOptions: [{ ...REQUIRED_SIGN_IN, missing: isNeeded }],
  waitsForSignIn: ({ watch }) => watch !== undefined,
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
    requires("health", ["watch"], {
      message: "--health requires --watch",
      remedy: "Add --watch <path>",
    }),
    exclusive(["out", "watch", "decode", "field"], {
      when: ({ out, watch }) => out !== undefined || watch !== undefined,
    }),
  ],
  notes: [
    "Standard output has the token and a newline, or nothing. Several processes can run this " +
    "command at once: one of them refreshes the token, the others wait for it.",
    "Standard output of this command is a secret. MCPASS_HIDE_SECRETS does not affect it, so a " +
    "script can set that variable for all of its commands.",
    "Exit status: 0 the token was printed, 1 it could not be refreshed now, 2 usage, 4 a person has to " +
    "sign in: the error names the command.",
    "With --watch, the file has a valid token or does not exist: mcpass removes it if the token expires " +
    "before there is a new one. It waits for a store or an authorization server that is down, and for a " +
    "person who has to sign in. SIGTERM and SIGINT end it with exit status 0; the file remains. " +
    "docs/fleet.md has examples for containers.",
  ],
  async run(invocation, context) {
    const { options } = invocation;
    const { runtime } = context;
    if (options.decode) return await decode(invocation, context);
    if (options.watch !== undefined) {
      const { watchToken } = await import("./watch_token.ts");
      return await watchToken({ name: "oauth token", flags: TOKEN_FLAGS }, invocation, runtime);
    }
    const { url: serverUrl = "", field, format, minValidity: minValidityMs } = options;
    const as = field === undefined && format !== "json" ? options.as : "json";
    const file = options.out === undefined ? undefined : await openTokenFile(options.out, runtime);
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
    const note = proofNote(entry, as);
    if (note !== undefined && !options.quiet) runtime.io.err(`note: ${note}\n`);
    const written = tokenText(entry, as);
    if (file === undefined) runtime.io.out(written);
    else await file.write(written);
    return 0;
  },
  failureDocument: (failure, invocation, { as, field, format }) =>
    invocation?.options.decode === true || [as, format].includes("json") || field !== undefined
      ? errorDocument(failure)
      : undefined,
};
