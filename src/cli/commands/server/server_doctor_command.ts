import { TRANSPORT_NAMES } from "../../../oauth/mcp/http_sse.ts";
import type { DoctorResult } from "../../../audit/doctor.ts";
import { Failure } from "../../../core/failure.ts";
import { commandText, type OptionTexts, type PrintedCommand } from "../../../core/command_text.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { usesProxy } from "../../../http/proxy_choice.ts";
import type { Command } from "../../command/command.ts";
import {
  labelledLines,
  type NextCommand,
  nextLines,
  type Row,
  rowsText,
  safeText,
  type View,
} from "../../terminal/finding_text.ts";
import { partsOf } from "../../terminal/failure_text.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import {
  choicesOf,
  namedHosts,
  pinnedRevision,
  withChoices,
} from "../../shared/discovery_choices.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/token_command_flags.ts";
import { REQUIRED_SIGN_IN } from "../../shared/required_server.ts";
import { explainCommand } from "./server_probe_command.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import {
  credentialOptions,
  credentialsFor,
  startAuthorizedSession,
} from "../../shared/mcp_access.ts";
import type { CheckResult } from "../../../audit/check.ts";
import { counted, formatPeriod } from "../../../core/quantities.ts";
import { wrap } from "../../terminal/layout.ts";
import { ERA, erasText, serverName } from "./server_probe_text.ts";

function countOf(checks: readonly CheckResult[], status: CheckResult["status"]): number {
  return checks.filter((check) => check.status === status).length;
}

function doctorHeadline(
  { status, serverUrl, checks, probe }: DoctorResult,
  title: string | undefined,
): string {
  if (probe.status === "unreachable") return `${serverUrl} cannot be reached`;
  if (probe.status === "not_mcp") return `${serverUrl} does not answer as an MCP server`;
  const errors = counted(countOf(checks, "error"), "error");
  return {
    ok: `${serverUrl} works`,
    warning: `${serverUrl} works, with ${counted(countOf(checks, "warning"), "warning")}`,
    error: title === undefined
      ? `${serverUrl} does not work: ${errors}`
      : `${title.charAt(0).toUpperCase()}${title.slice(1)}: ${serverUrl} does not work, ${errors}`,
    sign_in_needed: `${serverUrl} needs a sign-in`,
  }[status];
}

function expiryText({ token, checkedAt }: DoctorResult): string {
  const exp = token?.unverifiedClaims?.["exp"];
  const claimed = typeof exp === "number" ? exp * 1000 : undefined;
  const end = token?.expiresAt ? Date.parse(token.expiresAt) : claimed;
  if (end === undefined) return "expiry unknown";
  const left = (end - Date.parse(checkedAt)) / 1000;
  return left > 0 ? `valid for ${formatPeriod(left)}` : `expired ${formatPeriod(-left)} ago`;
}

function tokenText(result: DoctorResult): string | undefined {
  const { token } = result;
  if (token === null) return undefined;
  const cannotRefresh = token.renewal === null || token.renewal === "refused";
  const refresh = cannotRefresh ? "cannot be refreshed" : token.renewal && "refreshable";
  return [
    { token: "given", file: "from a file", store: "stored" }[token.kind],
    token.account === null ? undefined : `account ${token.account}`,
    expiryText(result),
    token.renewed ? "refreshed just now" : refresh,
  ].filter((part) => part !== undefined).join(", ");
}

const NOUNS = [
  ["tools", "tool"],
  ["resources", "resource"],
  ["resourceTemplates", "resource template"],
  ["prompts", "prompt"],
] as const;

/** Undefined if a token was sent, and the server did not answer as an MCP server. */
function protocolText({ connection, probe, token }: DoctorResult): string | undefined {
  if (connection !== null) {
    const { version = "unknown", era, transport } = connection;
    return `${version}, ${transport === "sse" ? TRANSPORT_NAMES.sse : ERA[era]}`;
  }
  if (probe.transport === "sse") return TRANSPORT_NAMES.sse;
  const isUnknown = probe.eras.every(({ spoken }) => spoken === null);
  return probe.eras.length === 0 || token !== null && isUnknown ? undefined : erasText(probe.eras);
}

function rows(result: DoctorResult): Row[] {
  const { connection, counts, probe } = result;
  const offered = NOUNS.flatMap(([kind, noun]) => {
    const count = counts[kind];
    return count === null ? [] : [counted(count, noun)];
  });
  return [
    ["Server", serverName(connection?.serverInfo)],
    ["Protocol", protocolText(result)],
    ["Authorization", probe.authorizationServer?.issuer],
    ["Token", tokenText(result)],
    ["Offers", offered.length === 0 ? undefined : offered.join(", ")],
  ];
}

function checkLines(check: CheckResult, view: View): string[] {
  const { style, width } = view;
  const { id, status, title, detail, remedy, reference } = check;
  const headline = `${title}: ${safeText(detail, view)}`;
  if (status === "error" || status === "warning") {
    const codes = reference === null ? [] : [safeText(reference, view)];
    const more = `${id}_failed`;
    return labelledLines({ severity: status, headline, codes, remedy: remedy ?? "", more }, view);
  }
  const colour = { ok: style.green, skipped: style.dim };
  const [first = "", ...rest] = wrap(`${status}: ${headline}`, width, "", "  ");
  return [first.replace(/^\w+:/, (word) => colour[status](word)), ...rest];
}

function passedLine(checks: readonly CheckResult[], view: View): string[] {
  const passed = checks.filter((check) => check.status === "ok")
    .map((check) => check.title.toLowerCase());
  const rest = countOf(checks, "skipped");
  return [
    ...passed.length === 0 ? [] : wrap(`ok: ${passed.join(", ")}`, view.width, "", "  "),
    ...rest === 0 ? [] : [`skipped: ${counted(rest, "check")}; --verbose shows them`],
  ].map(view.style.dim);
}

/** @param title The title of the first error. */
function doctorText(
  result: DoctorResult,
  next: NextCommand | undefined,
  view: View,
  everything: boolean,
  title?: string,
): string {
  const { style, width } = view;
  const { checks, status } = result;
  const colour = {
    ok: style.green,
    warning: style.yellow,
    error: style.red,
    sign_in_needed: style.yellow,
  }[status];
  const worst = (["error", "warning"] as const)
    .flatMap((kind) => checks.filter((check) => check.status === kind));
  const blocks = [
    wrap(safeText(doctorHeadline(result, title), view), width).map((line) =>
      colour(style.bold(line))
    ),
    rowsText(rows(result), view),
    (everything ? checks : worst).flatMap((check) => checkLines(check, view)),
    everything ? [] : passedLine(checks, view),
    nextLines(next, view),
  ];
  return `${blocks.filter((block) => block.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}

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

function nextStep(
  { status, probe }: DoctorResult,
  login: PrintedCommand,
  options: OptionTexts,
): NextCommand | undefined {
  if (probe.status === "unreachable" || probe.status === "not_mcp") return explainCommand(probe);
  if (status === "sign_in_needed") return ["Sign in", login];
  if (status === "error") return undefined;
  return ["Use it", { line: commandText("tools list", options) }];
}

const DOCTOR_FLAGS = { ...TOKEN_COMMAND_FLAGS, ...DISCOVERY_FLAGS };

export const SERVER_DOCTOR_COMMAND: Command<typeof DOCTOR_FLAGS> = sessionCommand({
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
  flags: DOCTOR_FLAGS,
  requiredOptions: [REQUIRED_SIGN_IN],
  notes: [
    "Checks the connection, TLS, clocks, metadata, the token (expiry, audience, scopes, refresh), " +
    "the protocol, and what the server offers. --verbose shows every check and every exchange.",
    ...TOKEN_NOTES,
    "Exit status: 0 no error (warnings are possible), 1 an error, 2 usage, 4 a person has to " +
    "sign in, 130 cancelled.",
  ],
  needs: (invocation, { runtime }) => ({
    ...tokenNeeds(invocation),
    http: () => namedHosts(invocation.options.url ?? "", invocation.options, runtime),
  }),
  async report(session, invocation, { runtime: { env, io } }) {
    const { options } = invocation;
    const found = await credentialsFor(session, invocation);
    await session.openHttp();
    const { source } = found;
    const signIn = withChoices(found.signIn, options);
    await using mcp = startAuthorizedSession(session, invocation, found, true);
    const givenToken = options.accessToken ?? options.oauthAccessToken;
    const { diagnose } = await import("../../../audit/doctor.ts");
    const { result, login } = await diagnose(session.serverUrl, {
      ...session,
      credentials: source && { ...source, token: source.kind === "token" ? givenToken : undefined },
      mcp,
      command: session.commands((flags) => signInCommand(signIn, flags)),
      choices: {
        protocolVersion: options.protocolVersion ?? pinnedRevision(signIn),
        ...await choicesOf(signIn, io),
      },
      proxied: usesProxy({ env, proxy: options.proxy }),
    });
    const next = nextStep(result, login({}), credentialOptions(session.serverUrl, found));
    const failure = doctorFailure(result);
    const title = failure && (await partsOf(failure)).title;
    return {
      document: { ...result, next: next?.[1].line ?? null },
      text: (view) => doctorText(result, next, view, options.verbose, title),
      statesFailure: true,
      failure,
    };
  },
});
