import type { Command } from "../../command/command.ts";
import { PROXY_COMMON, PROXY_FLAGS } from "./proxy_flags.ts";
import { type ProxyDocument, proxyDocument, responseText } from "./proxy_response.ts";
import { runProxy } from "./run_proxy.ts";

export const SAFETY_NOTES: readonly string[] = [
  "Safe to run inside a service: https only, and only publicly routable addresses, however they " +
  "are written. The host name is resolved once, and mcpass connects to the address that it " +
  "checked. It follows no redirect and uses no proxy. A body can have up to 1 MiB, and one time " +
  "limit applies to the complete request.",
  "--allow-private permits http and private addresses on a developer's machine, but never " +
  "link-local addresses. It is refused if MCPASS_HOSTED=1.",
  "Exit status: 0 any HTTP response (with --fail: a status below 400), 1 no response, 2 usage, " +
  "130 cancelled.",
];

export const PROXY_COMMAND: Command<typeof PROXY_FLAGS> = {
  name: "oauth proxy",
  summary: "Send one HTTP request under the safety rules of a hosted service",
  examples: [
    ["fetch an endpoint", "mcpass oauth proxy https://auth.example.com/v1/oauth2/token"],
    [
      "test a dynamic registration",
      "mcpass oauth proxy https://auth.example.com/register --method POST \\\n" +
      '  --header "Content-Type: application/json" \\\n' +
      `  --body '{"redirect_uris":["http://localhost:8080/callback"]}'`,
    ],
    [
      "send a form from a file, print only the response body",
      "mcpass oauth proxy https://auth.example.com/token --body @form.txt --raw",
    ],
    [
      "a server on this machine with its own certificate",
      "mcpass oauth proxy https://localhost:8443/ --allow-private \\\n" +
      "  --ca-file ca.pem",
    ],
  ],
  flags: PROXY_FLAGS,
  ...PROXY_COMMON,
  notes: [
    "Without a Content-Type, a body that is JSON is sent as JSON, a=b&c=d as a form, anything else " +
    "as text/plain.",
    ...SAFETY_NOTES,
  ],
  run: ({ options }, context) =>
    runProxy(options, context, {
      name: "oauth proxy",
      document: ({ outcome, request }) =>
        Promise.resolve(proxyDocument(outcome, new URL(request.url).href)),
      text: (document, headers, { style }, failure) =>
        failure === null ? responseText(document as ProxyDocument, headers, style) : undefined,
    }),
};
