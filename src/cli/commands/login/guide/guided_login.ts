import { detectHostEnvironment } from "../../../../consent/host_environment.ts";
import type { Finding } from "../../../../core/finding.ts";
import { isObject, type JsonObject, parseJson } from "../../../../core/json.ts";
import { printable } from "../../../../core/text.ts";
import type { LoginPlan } from "../../../../flow/context/login_plan.ts";
import type { DiscoveredServer } from "../../../../flow/login/discovered_server.ts";
import type { PickTool } from "../../../../flow/login/verify.ts";
import { AUTH_MODES } from "../../../../oauth/authorization/auth_mode.ts";
import { sameScopes } from "../../../../oauth/mcp/scope.ts";
import type { ServerMetadata } from "../../../../oauth/metadata/server_metadata.ts";
import { applyRules } from "../../../args/flag_rules.ts";
import type { Context, Invocation } from "../../../command/command.ts";
import { withAnswers } from "../../../prompt/ask.ts";
import type { CommandSession } from "../../../shared/command_session.ts";
import { storeMode } from "../../../shared/sign_in/store_options.ts";
import { itemChoices } from "../../../mcp/item_text.ts";
import {
  type Row,
  rowsText,
  safeText,
  type View,
  worstFirst,
} from "../../../terminal/finding_text.ts";
import { wrap } from "../../../terminal/layout.ts";
import { GUIDE_QUESTIONS, type GuideQuestion, SETTINGS } from "./guide_questions.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../options/login_flags.ts";
import { LOGIN_RULES } from "../options/login_rules.ts";
import { decidedParts } from "../plan_login.ts";

interface GuideOptions extends Pick<Context, "runtime" | "answers" | "format"> {
  readonly invocation: Invocation<typeof LOGIN_FLAGS>;
  /** False: mcpass asks only for required options. */
  readonly guided: boolean;
  /** The questions that were answered, by name: none is asked twice in a login. */
  readonly answered: Set<string>;
  /** Questions that are asked although the login is not guided. */
  readonly reopened: ReadonlySet<string>;
  readonly session: Pick<CommandSession, "progress" | "recorder" | "view">;
  /** The findings of earlier attempts, which are not shown again. */
  readonly earlierFindings: number;
  readonly onDecided: (options: LoginOptions) => void;
}

function registrationText(
  { registrationEndpoint, clientIdMetadataDocument }: ServerMetadata,
): string {
  const offered = [
    ...registrationEndpoint === undefined ? [] : ["dynamic client registration (DCR)"],
    ...clientIdMetadataDocument ? ["client metadata documents (CIMD)"] : [],
  ];
  return offered.length === 0 ? "only pre-registered clients" : offered.join(", ");
}

function scopesIn({ discovery, scopes }: DiscoveredServer): string {
  const { challenge } = discovery.response;
  if (challenge?.scope?.length) return `${challenge.scope.join(" ")} (requested by the MCP server)`;
  const published = discovery.resourceMetadata?.scopesSupported;
  if (published?.length) return `${published.join(" ")} (published by the MCP server)`;
  return scopes === undefined ? "none published: the server decides" : scopes.join(" ");
}

function guideSummary(
  discovered: DiscoveredServer,
  findings: readonly Finding[],
  view: View,
): string[] {
  const { plan, discovery, rules } = discovered;
  const { server, resource } = discovery;
  const revision = discovery.response.protocol.id;
  const rows: Row[] = [
    ["MCP server", plan.serverUrl],
    // A server that requires a token first has not named its revision yet.
    [
      "Protocol",
      revision === rules.id ? undefined : `MCP ${revision}, with an initialize handshake`,
    ],
    ["Checks", `MCP ${rules.id}`],
    ["Issuer", `${server.issuer} (authorization server)`],
    ["Clients", registrationText(server)],
    ["Scopes", scopesIn(discovered)],
    ["Resource", resource ?? "not sent"],
  ];
  const reported = worstFirst(findings).filter(({ severity }) => severity !== "info");
  return [
    "",
    view.style.bold("What was found"),
    ...rowsText(rows, view, 400),
    ...reported.flatMap(({ code, severity, message }) => [
      ...wrap(`${severity}: ${safeText(message, view, 400)}`, view.width, "", "  ")
        .map(view.style.yellow),
      ...wrap(`mcpass explain ${code}`, view.width, "  ").map(view.style.dim),
    ]),
  ];
}

function removeDefaults(
  answers: Map<string, readonly string[]>,
  discovered: DiscoveredServer,
): void {
  if (answers.get("clientSecret")?.[0] === "") answers.delete("clientSecret");
  const chosen = answers.get("scopes")?.[0]?.split(" ").filter((token) => token !== "");
  if (chosen !== undefined && sameScopes(chosen, discovered.scopes ?? [])) answers.delete("scopes");
}

/** The question for a tool to call, which is asked at the end. */
const TOOL = "tool";

/** Asks for the open options; throws `cancelled`. */
export async function guide(
  options: GuideOptions,
  found: DiscoveredServer,
  fixRedirectUri: () => Promise<string | null>,
): Promise<LoginPlan> {
  const { session, answers, invocation, guided, answered, reopened, runtime } = options;
  const { earlierFindings, format, onDecided } = options;
  let discovered = found;
  const { progress, recorder, view } = session;
  const { env, io } = runtime;
  progress.finish();
  if (!invocation.options.quiet && answered.size === 0) {
    const findings = recorder.findings().slice(earlierFindings);
    const summary = guideSummary(discovered, findings, view(true));
    io.err(summary.map((it) => `${it}\n`).join(""));
  }
  const host = detectHostEnvironment(env);
  const currentOptions = () =>
    applyRules(LOGIN_RULES, LOGIN_FLAGS, withAnswers(LOGIN_FLAGS, invocation, answers)).options;
  const promptOf = (name: string, question: GuideQuestion) => {
    const isReopened = reopened.has(name);
    const options = currentOptions();
    const showsStored = io.stdoutIsTerminal && format === "human" &&
      options.credentialsOut === undefined && storeMode(options) !== "none";
    const state = { discovered, options, env, host, showsStored };
    return question({ ...state, guided: guided || isReopened, isReopened });
  };
  for (const [name, question] of GUIDE_QUESTIONS) {
    if (answered.has(name)) continue;
    let prompt = promptOf(name, question);
    if (prompt?.option === "clientId" || prompt?.option === "clientMetadataUrl") {
      // The person registers the redirect URI that the question shows.
      discovered = { ...discovered, redirectUri: await fixRedirectUri() };
      prompt = promptOf(name, question);
    }
    if (prompt === undefined) continue;
    const prompter = await runtime.prompter();
    const answer = "preselected" in prompt
      ? await prompter.askMany(prompt)
      : await prompter.ask(prompt);
    answered.add(name);
    if (name === "settings" && answer === "yes") {
      for (const decided of [...SETTINGS, TOOL]) answered.add(decided);
    }
    removeDefaults(answers, discovered);
  }
  const { redirectUri } = discovered;
  const hasTypedClientId = answers.has("clientId") &&
    AUTH_MODES[currentOptions().authMode ?? "interactive"].codeGrant;
  if (hasTypedClientId && redirectUri !== null && invocation.options.redirectUrl === undefined) {
    // The client was registered with this redirect URI, so the repeated command must name it.
    answers.set("redirectUrl", [redirectUri]);
  }
  const decided = currentOptions();
  onDecided(decided);
  return { ...discovered.plan, ...decidedParts(decided) };
}

function requiredArguments(tools: readonly JsonObject[], name: string): string[] {
  const schema = tools.find((tool) => tool["name"] === name)?.["inputSchema"];
  const required = isObject(schema) ? schema["required"] : undefined;
  return Array.isArray(required) ? required.filter((it) => typeof it === "string") : [];
}

/** With more tools than this, a person searches them by typing. */
const MAX_LISTED = 12;

export async function pickTool(
  tools: Parameters<PickTool>[0],
  { session, runtime, answered }: Pick<GuideOptions, "session" | "runtime" | "answered">,
): ReturnType<PickTool> {
  const choices = itemChoices(tools);
  if (choices.length === 0 || answered.has(TOOL)) return undefined;
  session.progress.finish();
  const prompter = await runtime.prompter();
  const name = await prompter.ask({
    message: "Also call a tool? (a real call)",
    option: "verifyCallTool",
    choices: [{ value: "\0none", label: "No", sets: {} }, ...choices],
    search: choices.length > MAX_LISTED,
  });
  if (name === "\0none") return undefined;
  const needed = requiredArguments(tools, name);
  if (needed.length === 0) return { name, args: {} };
  const text = await prompter.ask({
    message: `Arguments as a JSON object (required: ${printable(needed.join(", "), 200)})`,
    option: "toolArgs",
    example: `{"${printable(needed[0] ?? "", 40)}": "..."}`,
    check: (answer) => isObject(parseJson(answer)) ? undefined : "not a JSON object",
  });
  const args = parseJson(text);
  return { name, args: isObject(args) ? args : {} };
}
