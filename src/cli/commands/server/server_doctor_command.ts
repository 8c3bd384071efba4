import type { DoctorResult } from "../../../audit/doctor.ts";
import { Failure } from "../../../core/failure.ts";
import { loginCommand } from "../../../flow/context/sign_in_needed.ts";
import { usesProxy } from "../../../http/proxy_choice.ts";
import type { Command } from "../../command/command.ts";
import { partsOf } from "../../terminal/finding_text.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/token_command_flags.ts";
import { doctorText } from "./server_doctor_text.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { explainCommand } from "./server_probe_command.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import {
  credentialFlags,
  credentialsFor,
  startAuthorizedSession,
} from "../../shared/mcp_access.ts";

function doctorFailure({ status, checks, serverUrl }: DoctorResult): Failure | undefined {
  const needsSignIn = status === "sign_in_needed";
  const first = checks.find((check) =>
    check.status === "error" && (needsSignIn || check.signIn !== true)
  );
  if (first === undefined) return undefined;
  const { id, title, detail, remedy, reference } = first;
  return new Failure(
    needsSignIn ? "sign_in_needed" : `${id}_failed`,
    `${serverUrl}: ${title}: ${detail}`,
    {
      kind: needsSignIn ? "sign_in_needed" : "operation",
      remedy: remedy ?? undefined,
      reference: reference ?? undefined,
    },
  );
}

function nextStep({ status, probe }: DoctorResult, login: string, flags: string) {
  if (probe.status === "unreachable" || probe.status === "not_mcp") return explainCommand(probe);
  if (status === "sign_in_needed") return ["Sign in", login] as const;
  if (status === "error") {
    return ["Every exchange", `mcpass server doctor ${flags} --verbose`] as const;
  }
  return ["Use it", `mcpass tools list ${flags}`] as const;
}

export const SERVER_DOCTOR_COMMAND: Command<typeof TOKEN_COMMAND_FLAGS> = sessionCommand({
  name: "server doctor",
  summary: "Find out what is wrong with a server, a token, or the way between",
  examples: [
    ["with the stored sign-in", "mcpass server doctor --url https://server.example/mcp"],
    [
      "with a token",
      'MCPASS_ACCESS_TOKEN="$TOKEN" \\\n  mcpass server doctor --url https://server.example/mcp',
    ],
    [
      "what is not right, for a script",
      "mcpass server doctor --url https://server.example/mcp --format json \\\n" +
      `  | jq -r '.checks[] | select(.status == "error") | .id'`,
    ],
  ],
  flags: TOKEN_COMMAND_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    "Checks the connection, TLS, clocks, metadata, the token (expiry, audience, scopes, renewal), " +
    "the wire, and what the server offers. --verbose shows every check and every exchange.",
    ...TOKEN_NOTES,
    "Exit status: 0 all is well or there are warnings only, 1 an error, 2 usage, 4 a person has to " +
    "sign in, 130 cancelled.",
  ],
  needs: (invocation) => tokenNeeds(invocation, "examine"),
  async report(session, invocation, { runtime: { env } }) {
    const { options } = invocation;
    await session.openHttp();
    const found = await credentialsFor(session, invocation);
    const { source, signIn } = found;
    await using mcp = startAuthorizedSession(session, invocation, found);
    const login = loginCommand(signIn);
    const givenToken = options.accessToken ?? options.oauthAccessToken;
    const { diagnose } = await import("../../../audit/doctor.ts");
    const result = await diagnose(session.serverUrl, {
      ...session,
      credentials: source && { ...source, token: source.kind === "token" ? givenToken : undefined },
      mcp,
      loginCommand: login,
      proxied: usesProxy({ env, proxy: options.proxy }),
    });
    const next = nextStep(result, login, credentialFlags(session.serverUrl, source));
    const failure = doctorFailure(result);
    const title = failure && (await partsOf(failure)).title;
    return {
      document: { ...result, next: next?.[1] ?? null },
      text: (view) => doctorText(result, next, view, options.verbose, title),
      statesFailure: true,
      failure,
    };
  },
});
