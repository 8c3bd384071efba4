/** The questions of a guided login, in order. Each returns undefined if it is not needed. @module */

import type { Env } from "../../../../core/system.ts";
import { browserCommands } from "../../../../consent/browser.ts";
import type { HostEnvironment } from "../../../../consent/host_environment.ts";
import { isScopeToken } from "../../../../core/text.ts";
import type { DiscoveredServer } from "../../../../flow/login/discovered_server.ts";
import { AUTH_MODES } from "../../../../oauth/authorization/auth_mode.ts";
import { offersDevice } from "../../../../oauth/token/device.ts";
import type { RegistrationApproach } from "../../../../oauth/mcp/revision.ts";
import { sameScopes, unionScopes } from "../../../../oauth/mcp/scope.ts";
import { typedQuestion } from "../../../prompt/ask.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../options/login_flags.ts";
import { LOGIN_REQUIRED_OPTIONS } from "../options/login_required_options.ts";
import type { Choice, Question, Selection } from "../../../command/runtime.ts";

interface GuideState {
  readonly discovered: DiscoveredServer;
  readonly options: LoginOptions;
  readonly guided: boolean;
  /** True if the person wants another answer than before. */
  readonly isReopened: boolean;
  readonly env: Env;
  readonly host: HostEnvironment;
  /** True if the result would show the tokens on the screen, and the store has them. */
  readonly showsStored: boolean;
}

interface ConditionalChoice extends Choice {
  possible(state: GuideState): boolean;
}

const mode = ({ options }: GuideState) => AUTH_MODES[options.authMode ?? "interactive"];

const supportsApproach = ({ discovered }: GuideState, approach: RegistrationApproach) =>
  discovered.rules.registrationOrder.includes(approach);

const REGISTRATIONS: readonly ConditionalChoice[] = [
  {
    value: "known",
    label: "As the client that is already registered",
    hint: "registers nothing new",
    sets: { registration: "dcr" },
    possible: ({ discovered }) => discovered.storedClient !== undefined,
  },
  {
    value: "dcr",
    label: "Register now (dynamic client registration, DCR)",
    hint: "no preparation",
    sets: { registration: "dcr" },
    possible: (state) =>
      supportsApproach(state, "dcr") && state.discovered.storedClient === undefined &&
      state.discovered.discovery.server.registrationEndpoint !== undefined,
  },
  {
    value: "cimd",
    label: "With a hosted client ID metadata document (CIMD)",
    hint: "you host it at an https URL",
    sets: { registration: "cimd" },
    possible: (state) =>
      supportsApproach(state, "cimd") && !mode(state).confidential &&
      state.discovered.discovery.server.clientIdMetadataDocument,
  },
  {
    value: "preregistered",
    label: "With an existing client ID (preregistered)",
    hint: "from the operator or the developer page of the server",
    sets: { registration: "preregistered" },
    possible: (state) => supportsApproach(state, "preregistered"),
  },
];

const CONSENTS: readonly ConditionalChoice[] = [
  {
    value: "browser",
    label: "In a browser on this machine",
    hint: "it opens automatically",
    sets: {},
    possible: ({ env, host }) => browserCommands("https://as.example", { env, host }).length > 0,
  },
  {
    value: "paste",
    label: "In a browser on another machine",
    hint: "open a URL there, then paste the final URL here",
    sets: { printUrl: "" },
    possible: () => true,
  },
  {
    value: "device",
    label: "On any device, with a short code (device grant)",
    hint: "no callback to this machine",
    sets: { authMode: "device" },
    possible: ({ discovered, options: { par, redirectUrl } }) =>
      !par && redirectUrl === undefined && offersDevice(discovered.discovery.server),
  },
];

const firstPossible = (rows: readonly ConditionalChoice[], state: GuideState) =>
  rows.find((row) => row.possible(state));

const CLIENT_TEXTS: Readonly<Record<RegistrationApproach, string>> = {
  dcr: "register a client",
  cimd: "use the client metadata document",
  preregistered: "use the client ID",
  none: "without a client",
};

/** What a login does without further answers: `register a client, request mcp:read, open a browser`. */
function settingsText(state: GuideState, isBrowserOpened: boolean): string {
  const { discovered: { approach, scopes, storedClient } } = state;
  const isStored = approach === "dcr" && storedClient !== undefined;
  return [
    isStored ? "use the registered client" : CLIENT_TEXTS[approach ?? "none"],
    scopes === undefined || scopes.length === 0
      ? "request the default scopes"
      : `request ${scopes.join(" ")}`,
    isBrowserOpened ? "open a browser" : "print the URL to open",
    "list the tools",
  ].join(", ");
}

function choose(
  message: string,
  options: readonly ConditionalChoice[],
  state: GuideState,
): Question | undefined {
  const choices = options.filter((it) => it.possible(state));
  return choices.length < 2 ? undefined : { message, choices };
}

function isRegistrationChosen({ options }: GuideState): boolean {
  const { registration = "auto", clientId, clientMetadataUrl } = options;
  return registration !== "auto" || (clientId ?? clientMetadataUrl) !== undefined;
}

function requiredQuestion(
  option: keyof LoginOptions,
  before: readonly string[],
): Question | undefined {
  const row = LOGIN_REQUIRED_OPTIONS.find((it) => it.option === option);
  return row && { ...typedQuestion(LOGIN_FLAGS, row), before };
}

function redirectLines(
  { plan: { redirectUrl = "" }, redirectUri }: DiscoveredServer,
  where: string,
): string[] {
  if (redirectUri === null) return [];
  const hasFreePort = URL.parse(redirectUrl)?.port === "" && new URL(redirectUri).port !== "";
  return hasFreePort
    ? [`Register this redirect URI ${where}; mcpass adds a free port:`, `  ${redirectUrl}`]
    : [`Register exactly this redirect URI ${where}:`, `  ${redirectUri}`];
}

function scopeChoices({ discovery, scopes }: DiscoveredServer): Choice[] {
  const sources: readonly (readonly [hint: string, scopes: readonly string[] | undefined])[] = [
    ["requested by the MCP server", discovery.response.challenge?.scope],
    ["published by the MCP server", discovery.resourceMetadata?.scopesSupported],
    [
      "for a refresh token, so that you stay signed in",
      scopes?.filter((it) => it === "offline_access"),
    ],
    ["known to the authorization server", discovery.server.scopesSupported],
  ];
  const all = unionScopes(...sources.map(([, set]) => set)).filter(isScopeToken);
  return all.map((value) => ({
    value,
    hint: sources.find(([, set]) => set?.includes(value))?.[0] ?? "",
  }));
}

const OWN_CLIENT_NEEDED = "This authorization server registers no clients for mcpass. Create one " +
  "(often called an OAuth app) in the developer settings of the service, or ask its operator.";

export type GuideQuestion = (state: GuideState) => Question | Selection | undefined;

/** The questions that the answer to use the shown settings decides. */
export const SETTINGS: readonly string[] = ["registration", "scopes", "consent", "verification"];

export const GUIDE_QUESTIONS = Object.entries<GuideQuestion>({
  settings(state) {
    const { guided, isReopened, discovered, options } = state;
    if (!guided || isReopened || discovered.approach === undefined) return undefined;
    const open = GUIDE_QUESTIONS.filter(([name]) => SETTINGS.includes(name))
      .filter(([, question]) => question(state) !== undefined);
    const { authMode = "interactive", printUrl, noBrowser, browser } = options;
    if (open.length < 2 || authMode !== "interactive") return undefined;
    const isChosen = printUrl || noBrowser || browser !== undefined;
    const consent = isChosen ? undefined : firstPossible(CONSENTS, state);
    const isBrowserOpened = consent?.value === "browser" || browser !== undefined;
    return {
      message: "Sign in with these settings?",
      choices: [
        {
          value: "yes",
          label: `Yes: ${settingsText(state, isBrowserOpened)}`,
          sets: {
            verifyTools: "",
            ...consent?.sets,
            ...state.showsStored ? { hideSecrets: "" } : {},
          },
        },
        { value: "choose", label: "No, choose the client, the scopes or the browser", sets: {} },
      ],
    };
  },
  registration(state) {
    if (isRegistrationChosen(state) || mode(state).clientless) return undefined;
    if (!state.guided && state.discovered.approach !== undefined) return undefined;
    return choose(
      "How should mcpass identify itself? (client registration)",
      REGISTRATIONS,
      state,
    );
  },
  clientMetadataUrl({ options: { registration, clientMetadataUrl }, discovered }) {
    return registration === "cimd" && clientMetadataUrl === undefined
      ? requiredQuestion("clientMetadataUrl", redirectLines(discovered, "in the document"))
      : undefined;
  },
  clientId(state) {
    const { options: { registration, clientId }, discovered } = state;
    const only = discovered.approach === undefined && !isRegistrationChosen(state);
    return clientId === undefined && (registration === "preregistered" || only)
      ? requiredQuestion("clientId", [
        ...only ? [OWN_CLIENT_NEEDED] : [],
        ...redirectLines(discovered, `for the client at ${discovered.discovery.server.issuer}`),
      ])
      : undefined;
  },
  clientSecret(state) {
    const { options, discovered, guided } = state;
    const { clientCert, clientId, clientSecretFile, privateKeyFile, tokenAuthMethod } = options;
    const authentication = options.clientSecret ?? clientSecretFile ?? privateKeyFile ??
      clientCert ?? tokenAuthMethod;
    const asked = discovered.plan.clientId === undefined || guided;
    if (authentication !== undefined || clientId === undefined || !asked) return undefined;
    // Many servers accept public clients without listing "none".
    const needed = mode(state).confidential;
    return {
      message: needed ? "Client secret" : "Client secret (empty if it has none)",
      option: "clientSecret",
      secret: true,
      check: (answer) =>
        needed && answer === "" ? "this grant requires a client secret" : undefined,
    };
  },
  scopes({ options, discovered, guided, isReopened }) {
    const choices = scopeChoices(discovered);
    if (isReopened && choices.length === 0) {
      const message = "Which scopes? (separated by spaces)";
      const required = { option: "scopes", message, reason: "", missing: () => true };
      return typedQuestion(LOGIN_FLAGS, required);
    }
    const preselected = discovered.scopes ?? [];
    const isOpen = isReopened || choices.length > 1 ||
      !sameScopes(preselected, choices.map(({ value }) => value));
    if (!guided || options.scopes !== undefined || !isOpen) return undefined;
    return {
      message: preselected.length > 0
        ? "What may this client do? (scopes)"
        : "What may this client do? (scopes; none: the server decides)",
      option: "scopes",
      choices,
      preselected,
      required: preselected.length > 0,
    };
  },
  consent(state) {
    const { options: { authMode, printUrl, noBrowser, browser }, guided } = state;
    const isChosen = authMode !== undefined || printUrl || noBrowser || browser !== undefined;
    return !guided || isChosen ? undefined : choose("How do you want to sign in?", CONSENTS, state);
  },
  verification({ options: { verifyTools, verifyCallTool }, guided }) {
    return !guided || verifyTools || verifyCallTool !== undefined ? undefined : {
      message: "Verify the token by listing the tools?",
      choices: [
        {
          value: "tools",
          label: "Yes, list the tools",
          hint: "you can then call one of them",
          sets: { verifyTools: "" },
        },
        { value: "none", label: "No", sets: {} },
      ],
    };
  },
});
