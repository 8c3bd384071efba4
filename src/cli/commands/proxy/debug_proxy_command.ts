import type { StreamEvent } from "../../../oauth/mcp/event_stream.ts";
import type { Command } from "../../command/command.ts";
import { type DebugProxyDocument, debugProxyDocument } from "./debug_proxy_document.ts";
import { debugProxyText } from "./debug_proxy_text.ts";
import { SAFETY_NOTES } from "./proxy_command.ts";
import { DEBUG_PROXY_FLAGS, type DebugProxyOptions, PROXY_COMMON } from "./proxy_flags.ts";
import { type ProxyKind, runProxy } from "./run_proxy.ts";

async function createKind(
  { sseEvents = 10, sseTimeout = 5000 }: DebugProxyOptions,
): Promise<ProxyKind> {
  const { createEventStreamReader } = await import("../../../oauth/mcp/event_stream.ts");
  const reader = createEventStreamReader();
  const events: StreamEvent[] = [];
  let used = false;
  return {
    name: "oauth debug-proxy",
    stream: {
      timeoutMs: sseTimeout,
      begin: () => used = true,
      enough(chunk) {
        events.push(...reader.push(chunk));
        return events.length >= sseEvents;
      },
    },
    document: (result) =>
      debugProxyDocument(result, used ? reader : undefined, events.slice(0, sseEvents)),
    text: (document, headers, view) =>
      debugProxyText(document as DebugProxyDocument, headers, view),
  };
}

export const DEBUG_PROXY_COMMAND: Command<typeof DEBUG_PROXY_FLAGS> = {
  name: "oauth debug-proxy",
  summary:
    "Send one HTTP request like oauth proxy, and show DNS, TLS, timing, raw request and response",
  examples: [
    [
      "addresses, certificate, timing, and both messages as sent",
      "mcpass oauth debug-proxy https://auth.example.com/token",
    ],
    [
      "why a token request fails",
      "mcpass oauth debug-proxy https://auth.example.com/token \\\n" +
      "  --body 'grant_type=authorization_code&code=x&client_id=y'",
    ],
    [
      "the first three events of a stream",
      "mcpass oauth debug-proxy https://server.example/sse \\\n" +
      '  --header "Accept: text/event-stream" --sse-events 3',
    ],
  ],
  flags: DEBUG_PROXY_FLAGS,
  ...PROXY_COMMON,
  notes: SAFETY_NOTES,
  run: async ({ options }, context) => await runProxy(options, context, await createKind(options)),
};
