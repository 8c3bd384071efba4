import { exclusive } from "../../args/flag_rules.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import {
  flagGroup,
  list,
  type OptionsOf,
  type Parsed,
  problem,
  toggle,
  value,
} from "../../command/flag.ts";
import { requestHeader } from "../../args/header_value.ts";
import type { RequiredOption } from "../../command/command.ts";
import { completeUrl, type WithUrl } from "../../shared/sign_in/required_server.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { endpointUrl, orServerName } from "../../args/url_value.ts";
import { milliseconds } from "../../args/values.ts";
import type { Failure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";

const STANDARD_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function method(text: string): Parsed<string> {
  const standard = STANDARD_METHODS.find((name) => name === text.toUpperCase());
  if (standard !== undefined) return { value: standard };
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)) {
    return problem(`${quoted(text, 40)} is not an HTTP method`, "Use a method such as GET or POST");
  }
  return /^(connect|trace|track)$/i.test(text)
    ? problem(`${quoted(text, 40)} cannot be sent`)
    : { value: text };
}

function count(text: string): Parsed<number> {
  const number = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : NaN;
  return number <= 10_000 ? { value: number } : problem(
    `${quoted(text, 40)} is not a number of events`,
    "Use a whole number from 1 to 10000",
  );
}

const PROXY_REQUEST_FLAGS = {
  ...flagGroup("Request:", {
    url: value("<url>", "URL of the request (https)", orServerName(endpointUrl)),
    method: value("<method>", "HTTP method (default: GET, POST with a body)", method),
    // No variable: an API key for one server would be sent to every server.
    header: list("<header>", '"Name: value" (repeatable)', requestHeader, {
      secret: true,
      env: false,
    }),
    body: value(
      "<body>",
      "body of the request: text, @file, or - for standard input; sent unchanged",
      (text) => ({ value: text }),
      { secret: true, env: false },
    ),
  }),
  ...flagGroup("Safety:", {
    allowPrivate: toggle("allow http and private addresses, but not link-local ones"),
    stepTimeout: value(
      "<ms>",
      "time limit for the complete request (default: 30000)",
      milliseconds,
    ),
  }),
  ...flagGroup("Output:", {
    fail: toggle("exit status 1 for an HTTP status of 400 and above"),
    raw: toggle("print only the body of the response"),
    curl: toggle("print the curl command, secrets masked; send nothing"),
  }),
  debugOut: REQUEST_FLAGS.debugOut,
};

const DOCUMENT_FLAGS = {
  ...RESULT_FLAGS,
  proxy: { ...RESULT_FLAGS.proxy, about: "not supported: a proxy would resolve the host name" },
};

export const PROXY_FLAGS = { ...PROXY_REQUEST_FLAGS, ...DOCUMENT_FLAGS };

export const DEBUG_PROXY_FLAGS = {
  ...PROXY_REQUEST_FLAGS,
  ...flagGroup("Event streams:", {
    sseEvents: value("<n>", "stop after this many events (default: 10)", count),
    sseTimeout: value("<ms>", "stop after this time (default: 5000)", milliseconds),
  }),
  ...DOCUMENT_FLAGS,
};

export type ProxyOptions = OptionsOf<typeof PROXY_FLAGS>;
export type DebugProxyOptions = OptionsOf<typeof DEBUG_PROXY_FLAGS>;

const REQUIRED_REQUEST: RequiredOption<WithUrl> = {
  option: "url",
  missing: ({ url }) => url === undefined,
  message: "URL to send the request to",
  reason: "the URL of the request",
  example: "https://auth.example.com/token",
  interpret: completeUrl,
};

export const PROXY_COMMON = {
  requiredOptions: [REQUIRED_REQUEST],
  rules: [exclusive(["raw", "curl", "field"], { code: "conflicting_options" })],
  failureDocument: (failure: Failure, invocation?: { readonly options: ProxyOptions }) =>
    invocation?.options.raw || invocation?.options.curl ? undefined : errorDocument(failure),
};
