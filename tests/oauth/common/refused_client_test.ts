import assert from "node:assert/strict";
import { refusesClient } from "../../../src/oauth/common/error_response.ts";

const RESPONSES: readonly (readonly [
  name: string,
  status: number,
  body: unknown,
  refused: boolean,
])[] = [
  ["the standard's error", 401, { error: "invalid_client" }, true],
  ["the standard's error with 400", 400, { error: "invalid_client" }, true],
  ["GitHub", 200, { error: "incorrect_client_credentials", error_description: "wrong" }, true],
  ["Slack", 200, { ok: false, error: "bad_client_secret" }, true],
  ["Auth0", 401, { error: "access_denied", error_description: "Unauthorized" }, true],
  [
    "Figma",
    400,
    { error: "invalid_request", error_description: "Client secret is required" },
    true,
  ],
  ["FastAPI", 422, { detail: [{ loc: ["body", "client_id"], msg: "Field required" }] }, true],
  ["the MCP Python SDK at revocation", 401, { error: "unauthorized_client" }, true],
  ["a text", 401, "Bad credentials", true],
  ["an array", 401, ["Bad credentials"], true],
  ["a page of a firewall", 401, "<title>Blocked</title>", false],
  ["a page", 403, "<title>Unknown client</title>", true],
  ["a client without this grant", 400, { error: "unauthorized_client" }, false],
  ["a code", 400, { error: "invalid_grant", error_description: "of another client" }, false],
  ["a code with 401", 401, { error: "invalid_grant" }, false],
  ["a DPoP proof", 401, { error: "invalid_dpop_proof" }, false],
  ["a scope", 400, { error: "invalid_scope", error_description: "of the client" }, false],
  ["a parameter", 400, { error: "invalid_request", error_description: "resource" }, false],
  ["a refresh token", 401, { message: "Refresh token of the client has expired" }, false],
  ["a fault of the server", 500, { error: "server_error", message: "client" }, false],
  ["a limit", 429, { message: "Too many requests of this client" }, false],
  ["a user who has not decided", 401, { error: "authorization_pending" }, false],
  ["a server that is not available", 401, { error: "temporarily_unavailable" }, false],
  [
    "a redirect URI",
    400,
    { error: "invalid_request", error_description: "redirect_uri is not one of the client" },
    false,
  ],
  ["a verifier", 400, { error: "invalid_request", message: "client failed PKCE" }, false],
  ["a firewall", 403, "client IP blocked", false],
  ["a token", 200, { access_token: "a-token-of-the-client" }, false],
];

for (const [name, status, body, refused] of RESPONSES) {
  Deno.test(`${name} ${refused ? "refuses" : "does not refuse"} the client`, () => {
    const type = typeof body === "string"
      ? body.startsWith("<") ? "text/html" : "text/plain"
      : "application/json";
    const response = {
      url: "https://as.example/token",
      status,
      headers: new Headers({ "content-type": type }),
      body: typeof body === "string" ? body : JSON.stringify(body),
    };
    assert.equal(refusesClient(response), refused);
  });
}
