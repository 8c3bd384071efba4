import type { Command, Context, Invocation } from "../../command/command.ts";
import { isSignInName } from "../../../core/command_text.ts";
import { commandLine } from "../../args/command_line.ts";
import type { LoginResult } from "../../../flow/context/login_result.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./options/login_flags.ts";
import { LOGIN_REQUIRED_OPTIONS } from "./options/login_required_options.ts";
import { loginRules } from "./options/plain_login.ts";
import { type LoginRun, planLogin } from "./plan_login.ts";
import { runLogin } from "./run_login.ts";

async function loginRun(
  invocation: Invocation<typeof LOGIN_FLAGS>,
  { runtime, format, answers }: Context,
): Promise<LoginRun> {
  return {
    invocation,
    answers,
    plan: await planLogin(invocation.options, runtime),
    runtime,
    format,
    commandLine: (changes) =>
      commandLine(
        LOGIN_COMMAND,
        [
          // A secret of a variable is named, because the line may run where the variable is not set.
          ...[...invocation.sources.keys()].filter((name) => LOGIN_FLAGS[name].secret)
            .map((name) => [name, []] as const),
          ...invocation.texts,
          ...answers as Map<keyof LoginOptions, readonly string[]>,
        ],
        changes,
      ),
  };
}

export const LOGIN_COMMAND: Command<typeof LOGIN_FLAGS> = {
  name: "oauth login",
  summary: "Sign in to an MCP server: discover, register, authorize, get a token, verify",
  examples: [
    ["sign in with the browser", "mcpass login https://server.example/mcp"],
    [
      "choose the protocol version and the registration",
      "mcpass login https://server.example/mcp \\\n" +
      "  --protocol-version 2025-11-25 --registration dcr",
    ],
    [
      "without a person: client credentials, the secret from a variable",
      'MCPASS_CLIENT_SECRET="$SECRET" mcpass login \\\n' +
      "  --url https://server.example/mcp --registration preregistered \\\n" +
      '  --auth-mode client_credentials --client-id "$CLIENT_ID" \\\n' +
      "  --authorization-server https://auth.example.com",
    ],
    [
      "verify the token, and write a trace of every request",
      "mcpass login https://server.example/mcp --verify-tools \\\n" +
      "  --debug-out oauth-debug.json",
    ],
    [
      "begin here, and finish in another process or on another machine",
      "mcpass login https://server.example/mcp --begin --handle-out handle\n" +
      "mcpass login --finish - --handle @handle",
    ],
    [
      "print no secrets, for a shared screen or a CI log",
      "mcpass login https://server.example/mcp --hide-secrets",
    ],
    [
      "the token for a script",
      "TOKEN=$(mcpass login https://server.example/mcp \\\n" +
      "  --format json | jq -r .credentials.accessToken)",
    ],
  ],
  flags: LOGIN_FLAGS,
  notes: [
    "Each flag with a value can be set as MCPASS_<FLAG>, such as MCPASS_CLIENT_SECRET, " +
    "except the relaxations. A flag overrides its variable.",
    "Standard output of a login contains secrets: the tokens, and a client secret that the server " +
    "issued. With --hide-secrets (or MCPASS_HIDE_SECRETS=1) mcpass prints none of them: use it on " +
    "shared screens and where output is logged. mcpass never prints a secret that you give.",
    "Without a server on a terminal, the login is guided: a host name is enough. mcpass inspects the " +
    "server first, asks for what is missing, and ends with the equivalent command. After a failure it " +
    "offers the next steps.",
    "mcpass sends a client secret, certificate, assertion, initial access token or software " +
    "statement to one issuer only: the one of --authorization-server, else of the stored sign-in. If " +
    "the issuer is new and on another site than the MCP server, mcpass asks you to confirm it; " +
    "without a terminal, the login fails.",
    "--begin prints the page to open and a handle, and ends. --finish, with that handle and the " +
    "final URL of the browser, completes the login once, within 10 minutes, on any " +
    "machine with the same store. Never finish with a URL that somebody sent to you, and do not " +
    "share your own: anyone who has the URL and the handle can sign in as you.",
    "Exit status: 0 done, 1 the login or a verification failed, 2 usage error, 4 a person has to sign " +
    "in, 130 cancelled.",
  ],
  requiredOptions: LOGIN_REQUIRED_OPTIONS,
  loadRules: loginRules,
  async run(typed, context) {
    if (typed.options.forBridges) {
      return await (await import("./for_bridges.ts")).loginForBridges(typed, context, loginRun);
    }
    if (typed.options.finish !== undefined) {
      const { finishLogin } = await import("./hand_over/finish_login.ts");
      return await finishLogin(typed, context);
    }
    const server = typed.texts.get("url")?.[0] ?? "";
    const invocation = isSignInName(server)
      ? await (await import("./stored_options.ts")).withStoredOptions(typed, server, context)
      : typed;
    const run = await loginRun(invocation, context);
    if (!typed.options.begin) return await runLogin(run);
    return await (await import("./hand_over/begin_login.ts")).beginLogin(run);
  },
  failureDocument: async (failure, _invocation, options): Promise<LoginResult> => ({
    completed: false,
    serverUrl: options.url ?? "",
    protocolVersion: options.protocolVersion ?? "auto",
    registrationStrategy: null,
    authMode: options.authMode === undefined ? "interactive" : options.authMode,
    redirectUrl: null,
    currentStep: "plan",
    steps: [],
    findings: [],
    credentials: null,
    verification: null,
    error: (await import("../../terminal/error_document.ts")).errorMember(failure),
  }),
};
