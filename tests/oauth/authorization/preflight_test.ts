import assert from "node:assert/strict";
import type { AuthorizationRecord } from "../../../src/oauth/authorization/authorization.ts";
import { judgePreflight } from "../../../src/oauth/authorization/preflight.ts";
import { answerOf, deepJson, failureFrom, wordsOf } from "../support.ts";

const RECORD: AuthorizationRecord = {
  issuer: "https://as.example",
  issParameter: false,
  state: "throwaway",
  codeVerifier: "v",
  codeChallenge: "c",
  redirectUri: "http://127.0.0.1:33418/callback",
  clientId: "client",
  resource: null,
  scopes: undefined,
};

const AUTHORIZE = "https://as.example/authorize?client_id=client&redirect_uri=x&state=throwaway";

function redirect(location: string, status = 302) {
  return answerOf(status, "", { location }, AUTHORIZE);
}

function page(status: number, body: string, type = "text/html") {
  const answer = answerOf(status, body, { "content-type": type }, AUTHORIZE);
  return { ...answer, mask: (text: string) => text };
}

const OURS = `${RECORD.redirectUri}?state=throwaway`;

/** `stop`, `note`, or `go` on without a word. */
const ROWS: readonly [
  behaviour: string,
  answer: ReturnType<typeof redirect>,
  verdict: "stop" | "note" | "go",
][] = [
  ["an error redirect to our redirect URI", redirect(`${OURS}&error=invalid_request`), "stop"],
  ["a 303 error redirect", redirect(`${OURS}&error=unauthorized_client`, 303), "stop"],
  [
    "an error redirect with the right iss",
    redirect(`${OURS}&error=x&iss=https://as.example`),
    "stop",
  ],
  ["an error redirect that only wants a person", redirect(`${OURS}&error=login_required`), "go"],
  ["one that wants an account chosen", redirect(`${OURS}&error=account_selection_required`), "go"],
  [
    "an error redirect to another path",
    redirect("http://127.0.0.1:33418/x?error=a&state=throwaway"),
    "go",
  ],
  [
    "an error redirect to another port",
    redirect("http://127.0.0.1:1/callback?error=a&state=throwaway"),
    "go",
  ],
  ["an error page about the client", redirect("/error?error=invalid_client"), "stop"],
  [
    "an error page that names the redirect URI",
    redirect("https://login.example/e?error=invalid_request&error_description=bad+redirect_uri"),
    "stop",
  ],
  ["an error page about something else", redirect("/error?error=invalid_scope"), "go"],
  [
    "a redirect to sign in that names the client elsewhere",
    redirect("/login?error=expired&redirect_uri=x&client_id=y"),
    "go",
  ],
  ["a redirect to sign in", redirect("https://as.example/login?return=/authorize"), "go"],
  ["a relative redirect to sign in", redirect("/login"), "go"],
  ["a redirect with a code at once", redirect(`${OURS}&code=abc`), "go"],
  ["a redirect without a target", answerOf(302, "", {}, AUTHORIZE), "go"],
  ["a redirect to no URL", redirect("http://[/"), "go"],
  [
    "an error redirect with another state",
    redirect(`${RECORD.redirectUri}?error=a&state=z`),
    "stop",
  ],
  ["an error redirect without state", redirect(`${RECORD.redirectUri}?error=a`), "stop"],
  [
    "an error redirect with another iss",
    redirect(`${OURS}&error=a&iss=https://evil.example`),
    "note",
  ],
  ["a 400 page that names the client", page(400, "<h1>Unknown client</h1>"), "stop"],
  ["a 400 page that names client_id", page(400, "<p>client_id is not registered</p>"), "stop"],
  [
    "a 401 in JSON that names the client",
    page(401, '{"error":"invalid_client"}', "application/json"),
    "stop",
  ],
  [
    "a 400 in JSON that refuses the scope",
    page(400, '{"error":"invalid_scope"}', "application/json"),
    "stop",
  ],
  ["a 403 text that names the redirect URI", page(403, "bad redirect_uri", "text/plain"), "stop"],
  ["a 400 that says Redirect URI mismatch", page(400, "Redirect URI mismatch"), "stop"],
  ["a 404 that names neither", page(404, "<h1>Not found</h1>"), "note"],
  ["a 429", page(429, "slow down"), "note"],
  [
    "a 403 bot page whose script holds the request URL",
    page(
      403,
      '<script>var u="/authorize?client_id=client&redirect_uri=x"</script><h1>Just a moment</h1>',
    ),
    "note",
  ],
  [
    "a 403 page whose form holds the request",
    page(
      403,
      '<form action="/authorize?client_id=a"><input name="redirect_uri" value="b">Sign in</form>',
    ),
    "note",
  ],
  ["an HTML page that says hello", page(200, "<h1>Sign in</h1>"), "go"],
  ["an HTML page that names the client", page(200, "<h1>client_id unknown</h1>"), "go"],
  ["a 500 that names the client", page(500, "client_id"), "note"],
  ["a 503", page(503, ""), "note"],
];

for (const [behaviour, answer, verdict] of ROWS) {
  Deno.test(`before the browser: ${behaviour} means ${verdict}`, () => {
    if (verdict === "stop") {
      const stop = failureFrom(() => judgePreflight(answer, RECORD));
      assert.equal(stop.code, "authorization_request_rejected");
      assert.ok(!wordsOf(stop).includes("throwaway"), "shows the state");
    } else {
      const note = judgePreflight(answer, RECORD);
      assert.equal(note === undefined ? "go" : "note", verdict);
    }
  });
}

Deno.test("an advertised iss that is missing from an error redirect keeps its text from sight", () => {
  const answer = redirect(`${OURS}&error=canary&error_description=canary`);
  const note = judgePreflight(answer, { ...RECORD, issParameter: true });
  assert.ok(note !== undefined && !note.includes("canary"));
});

Deno.test("the words of an error redirect whose state is not right are not shown", () => {
  for (const state of ["", "&state=z", "&state=throwaway&state=throwaway"]) {
    const location = `${RECORD.redirectUri}?error=canary&error_description=canary${state}`;
    const stop = failureFrom(() => judgePreflight(redirect(location), RECORD));
    assert.ok(!wordsOf(stop).includes("canary"), state);
  }
});

Deno.test("the words of a refusal are its visible text, made safe and cut", () => {
  const body = `<style>x{}</style><script>alert(1)</script><h1>Unknown&nbsp;client</h1>` +
    `<p>\u001b[2Junknown client ${"x".repeat(5000)}`;
  const { message } = failureFrom(() => judgePreflight(page(400, body), RECORD));
  assert.match(message, /\\x1b\[2Junknown client/);
  assert.doesNotMatch(message, /alert|x\{\}|<h1>/);
  assert.ok(message.length < 500);
});

/** Bodies on which a careless expression takes quadratic time: minutes at this size. */
const NASTY: readonly [what: string, unit: string][] = [
  ["opening brackets", "<"],
  ["opening scripts", "<script"],
  ["opening styles", "<style "],
  ["closing brackets", ">"],
  ["spaces", " "],
  ["the word client", "client "],
  ["the word redirect", "redirect_"],
];

for (const [what, unit] of NASTY) {
  Deno.test(`a 400 page of 1 MB of ${what} is judged`, () => {
    const body = `unknown client ${unit.repeat(Math.ceil(1_000_000 / unit.length))}`;
    assert.ok(failureFrom(() => judgePreflight(page(400, body), RECORD)).message.length < 500);
  });
}

Deno.test("a 400 of deeply nested JSON is a note", () => {
  const answer = page(400, `{"client_id":${deepJson()}}`, "application/json");
  assert.match(judgePreflight(answer, RECORD) ?? "", /HTTP 400/);
});
