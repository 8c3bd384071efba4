import assert from "node:assert/strict";
import type { Discovery } from "../../../src/audit/context/discovery.ts";
import { attemptOf, judgeAttempt } from "../../../src/audit/judge/token_attempt.ts";
import type { HttpResponse } from "../../../src/http/http_client.ts";
import { LATEST } from "../../../src/oauth/mcp/revision.ts";

function response(
  status: number,
  body = "",
  headers: Record<string, string> = { "content-type": "application/json" },
): HttpResponse {
  const url = "https://mcp.example/mcp";
  return { exchangeId: 1, url, status, headers: new Headers(headers), body };
}

const HTML = { "content-type": "text/html" };
const EVENTS = { "content-type": "text/event-stream" };
const RPC_ERROR = '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Unauthorized"}}';
const RPC_RESULT = '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}';

/** Responses of servers to an invalid token, and the verdicts of two checks about them. */
const ROWS: readonly {
  readonly name: string;
  readonly response: HttpResponse;
  /** The verdict of a check that accepts each refusal. */
  readonly refused: string;
  /** The verdict of the check that a client can learn to refresh its token. */
  readonly renewed: string;
}[] = [
  { name: "401", response: response(401), refused: "passed", renewed: "passed" },
  {
    name: "403 for a dead or foreign token (Bedrock AgentCore)",
    response: response(403, '{"message":"Invalid Bearer token"}'),
    refused: "passed",
    renewed: "deviates expected HTTP 401",
  },
  {
    name: "400",
    response: response(400, '{"error":"invalid_request"}'),
    refused: "passed",
    renewed: "deviates expected HTTP 401",
  },
  {
    name: "404",
    response: response(404, "not found", { "content-type": "text/plain" }),
    refused: "inconclusive not about the token",
    renewed: "deviates expected HTTP 401",
  },
  {
    name: "a redirect to a sign-in page (Cloudflare Access)",
    response: response(302, "", { location: "https://team.cloudflareaccess.com/login" }),
    refused: "inconclusive not about the token",
    renewed: "deviates expected HTTP 401",
  },
  {
    name: "200 with a JSON-RPC error (OB1)",
    response: response(200, RPC_ERROR),
    refused: "deviates with a success status warning",
    renewed: "deviates with a success status warning",
  },
  {
    name: "the same in an event stream",
    response: response(200, `event: message\ndata: ${RPC_ERROR}\n\n`, EVENTS),
    refused: "deviates with a success status warning",
    renewed: "deviates with a success status warning",
  },
  {
    name: "500 with a JSON-RPC error (shopware)",
    response: response(500, RPC_ERROR),
    refused: "deviates causes a server error warning",
    renewed: "deviates causes a server error warning",
  },
  {
    name: "429",
    response: response(429),
    refused: "inconclusive limits requests",
    renewed: "inconclusive limits requests",
  },
  {
    name: "503",
    response: response(503),
    refused: "inconclusive not available",
    renewed: "inconclusive not available",
  },
  {
    name: "403 with the page of a firewall",
    response: response(403, "<title>Attention Required! | Cloudflare</title>", HTML),
    refused: "inconclusive web page",
    renewed: "inconclusive web page",
  },
  {
    name: "a web page",
    response: response(200, "<title>Welcome</title>", HTML),
    refused: "inconclusive neither a refusal nor a success",
    renewed: "inconclusive neither a refusal nor a success",
  },
  {
    name: "success",
    response: response(200, RPC_RESULT),
    refused: "deviates is accepted",
    renewed: "deviates is accepted",
  },
  {
    name: "success in an event stream",
    response: response(200, `data: ${RPC_RESULT}\n\n`, EVENTS),
    refused: "deviates is accepted",
    renewed: "deviates is accepted",
  },
];

const AUDIT = { rules: LATEST, discovery: { opening: undefined } as Discovery };

for (const row of ROWS) {
  for (const [expected, statuses] of [[row.refused, undefined], [row.renewed, [401]]] as const) {
    const to = statuses === undefined ? "a forged token" : "an invented token";
    Deno.test(`a response to ${to}: ${row.name}`, async () => {
      const attempt = await attemptOf(AUDIT, row.response);
      const outcome = judgeAttempt(attempt, { what: to, ...statuses && { statuses } });
      const [kind = "", ...words] = expected.split(" ");
      assert.equal(outcome.kind, kind, outcome.message);
      const severity = outcome.kind === "deviates" ? outcome.severity : undefined;
      const said = words.filter((word) => word !== severity).join(" ");
      assert.ok(outcome.message.includes(said), outcome.message);
      assert.equal(severity, expected.endsWith("warning") ? "warning" : undefined);
    });
  }
}
