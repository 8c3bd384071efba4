import assert from "node:assert/strict";
import {
  judgeMetadataResponse,
  type SoughtDocument,
} from "../../../src/oauth/metadata/metadata_response.ts";
import { answerOf, deepJson } from "../support.ts";

const URLS: Readonly<Record<SoughtDocument, string>> = {
  resource_metadata: "https://mcp.example/.well-known/oauth-protected-resource/mcp",
  authorization_server_metadata: "https://as.example/.well-known/oauth-authorization-server",
};

const DOCUMENTS: Readonly<Record<SoughtDocument, object>> = {
  resource_metadata: { resource: "https://mcp.example/mcp" },
  authorization_server_metadata: { issuer: "https://as.example" },
};

const [RESOURCE, SERVER] = [
  DOCUMENTS.resource_metadata,
  DOCUMENTS.authorization_server_metadata,
];

const JSON_TYPE = "application/json";
const PAGE = "<!doctype html><title>App</title>";
const own = Symbol("a document of the kind that is looked for");
const other = Symbol("a document of the other kind");

/** `verdict code`, or `verdict` where nothing is reported. */
const ROWS: readonly (readonly [
  what: string,
  status: number,
  type: string,
  body: unknown,
  outcome: string,
])[] = [
  ["a document", 200, JSON_TYPE, own, "found"],
  [
    "a document with a BOM",
    200,
    JSON_TYPE,
    `\ufeff${JSON.stringify({ ...RESOURCE, ...SERVER })}`,
    "found",
  ],
  ["a document as text", 200, "text/plain", own, "found"],
  ["a document as a page", 200, "text/html", own, "found"],
  ["a document without content type", 200, "", own, "found"],

  ["404", 404, "text/plain", "not found", "absent"],
  ["404 with a page", 404, "text/html", PAGE, "absent"],
  ["404 with an error object", 404, JSON_TYPE, { error: "not_found" }, "absent"],
  ["404 with an array", 404, JSON_TYPE, [], "absent"],
  ["405", 405, "", "", "absent"],

  ["401", 401, "", "", "absent metadata_not_public"],
  [
    "401 with an error object",
    401,
    JSON_TYPE,
    { error: "invalid_token" },
    "absent metadata_not_public",
  ],
  ["403 with a page", 403, "text/html", PAGE, "absent metadata_not_public"],
  ["410", 410, "", "", "absent metadata_answer_unusable"],
  ["400", 400, JSON_TYPE, { error: "invalid_request" }, "absent metadata_answer_unusable"],
  ["406", 406, "", "", "absent metadata_answer_unusable"],
  ["451", 451, "text/html", PAGE, "absent metadata_answer_unusable"],
  ["204", 204, "", "", "absent metadata_answer_unusable"],
  ["202 with text", 202, "text/plain", "accepted", "absent metadata_answer_unusable"],
  ["a page", 200, "text/html; charset=utf-8", PAGE, "absent metadata_is_web_page"],
  ["an XHTML page", 200, "application/xhtml+xml", "<html/>", "absent metadata_is_web_page"],
  ["text", 200, "text/plain", "OK", "absent metadata_answer_unusable"],
  ["text that is a JSON string", 200, "text/plain", '"OK"', "absent metadata_answer_unusable"],
  ["text that is a number", 200, "text/plain", "200", "absent metadata_answer_unusable"],
  ["text without content type", 200, "", "null", "absent metadata_answer_unusable"],
  ["text that says it is JSON", 200, JSON_TYPE, "Not Found", "absent metadata_answer_unusable"],
  ["XML", 200, "application/xml", "<a/>", "absent metadata_answer_unusable"],
  ["an empty body", 200, "", "", "absent metadata_answer_unusable"],
  [
    "an empty body that says it is JSON",
    200,
    JSON_TYPE,
    " \r\n",
    "absent metadata_answer_unusable",
  ],

  ["an array", 200, JSON_TYPE, [own], "refused metadata_invalid"],
  ["an array as text", 200, "text/plain", [1], "refused metadata_invalid"],
  ["a string", 200, JSON_TYPE, '"x"', "refused metadata_invalid"],
  ["a number", 200, "application/problem+json", "5", "refused metadata_invalid"],
  ["null", 200, JSON_TYPE, "null", "refused metadata_invalid"],
  ["false", 200, JSON_TYPE, "false", "refused metadata_invalid"],
  ["an empty object", 200, JSON_TYPE, {}, "refused metadata_invalid"],
  ["an error object", 200, JSON_TYPE, { error: "not_found" }, "refused metadata_invalid"],
  ["an error object as text", 200, "text/plain", { message: "no" }, "refused metadata_invalid"],
  ["the other kind of document", 200, JSON_TYPE, other, "refused metadata_invalid"],
  ["a document whose members are null", 200, JSON_TYPE, {
    resource: null,
    authorization_servers: null,
    issuer: null,
  }, "refused metadata_invalid"],
  [
    "members of __proto__",
    200,
    JSON_TYPE,
    '{"__proto__":{"resource":"x","issuer":"x"}}',
    "refused metadata_invalid",
  ],
  [
    "JSON that breaks off",
    200,
    JSON_TYPE,
    '{"resource":"https://mcp.exa',
    "refused metadata_invalid",
  ],
  ["an array that breaks off, as text", 200, "text/plain", "[1,", "refused metadata_invalid"],
  ["two documents", 200, JSON_TYPE, "{} {}", "refused metadata_invalid"],
  ["deeply nested JSON", 200, JSON_TYPE, deepJson(), "refused metadata_invalid"],
  ["a document with 404", 404, JSON_TYPE, own, "refused metadata_invalid"],
  ["a document with 401", 401, JSON_TYPE, own, "refused metadata_invalid"],
  ["a document with 403", 403, "text/plain", own, "refused metadata_invalid"],
  ["a document with 201", 201, JSON_TYPE, own, "refused metadata_invalid"],
  ["302 without a target", 302, "", "", "refused metadata_invalid"],
  ["304", 304, "", "", "refused metadata_invalid"],

  ["500", 500, "text/html", PAGE, "unavailable metadata_unavailable"],
  ["500 with a document", 500, JSON_TYPE, own, "unavailable metadata_unavailable"],
  ["502", 502, "", "", "unavailable metadata_unavailable"],
  ["503", 503, JSON_TYPE, {}, "unavailable metadata_unavailable"],
  ["599", 599, "", "", "unavailable metadata_unavailable"],
  ["429", 429, "", "", "unavailable metadata_unavailable"],
  ["408", 408, "", "", "unavailable metadata_unavailable"],
  ["425", 425, "", "", "unavailable metadata_unavailable"],
  ["407", 407, "", "", "absent metadata_answer_unusable"],
  ["409", 409, "", "", "absent metadata_answer_unusable"],
  ["424", 424, "", "", "absent metadata_answer_unusable"],
  ["426", 426, "", "", "absent metadata_answer_unusable"],
  ["430", 430, "", "", "absent metadata_answer_unusable"],
  ["428", 428, "", "", "absent metadata_answer_unusable"],
];

/** The body as text, with the documents that it stands for. */
function textOf(body: unknown, sought: SoughtDocument): string {
  const document = DOCUMENTS[sought];
  if (body === own) return JSON.stringify(document);
  if (body === other) return JSON.stringify(document === RESOURCE ? SERVER : RESOURCE);
  if (Array.isArray(body) && body[0] === own) return JSON.stringify([document]);
  return typeof body === "string" ? body : JSON.stringify(body);
}

for (const sought of ["resource_metadata", "authorization_server_metadata"] as const) {
  for (const [what, status, type, body, outcome] of ROWS) {
    Deno.test(`${what} where ${sought} was looked for is ${outcome}`, () => {
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      const answer = answerOf(status, textOf(body, sought), headers, URLS[sought]);
      const read = judgeMetadataResponse(answer, sought);
      if (read.verdict === "found") {
        assert.equal(outcome, "found");
        return;
      }
      const { verdict, judgement, reason } = read;
      assert.equal([verdict, judgement?.code].filter(Boolean).join(" "), outcome);
      assert.match(reason, new RegExp(`^HTTP ${status}`));
      assert.ok(reason.length < 400, reason);
      if (judgement === undefined) return;
      assert.equal(judgement.severity, verdict === "refused" ? "error" : "warning");
      assert.equal(judgement.message, `"${URLS[sought]}" returned ${reason}`);
      assert.match(judgement.remedy, /^(?:Authorization server|Server): /);
      assert.match(judgement.reference, /^RFC (9728|8414) §3/);
    });
  }
}

Deno.test("content type and body of a server are made safe and short before they are shown", () => {
  const hostile = `\u009b2J${"x".repeat(4000)}`;
  for (const [status, body] of [[410, ""], [200, hostile], [200, `{"${hostile}`]] as const) {
    const type = `text/${hostile}`;
    const read = judgeMetadataResponse(
      answerOf(status, body, { "content-type": type }),
      "resource_metadata",
    );
    assert.ok(read.verdict !== "found");
    assert.ok(read.reason.length < 600 && !read.reason.includes("\u009b"), read.reason);
  }
});

/** How a body that is no document is described. */
const DESCRIBED: readonly (readonly [body: string, type: string, words: RegExp])[] = [
  ["", "", /^HTTP 200 .*with an empty body$/],
  [" \n", "", /with an empty body$/],
  [' {"a":', "application/json", / with invalid JSON .+ that begins "\{"a":"$/],
  ["see {x} [y]", "text/plain", / with text that is not JSON and begins "see \{x\} \[y\]"$/],
  ["<p>", "text/html", / with a web page$/],
  [" \n OK \n", "text/plain", / with text that is not JSON and begins "OK"$/],
  ["OK", "text/plain", / with text that is not JSON and begins "OK"$/],
  ['{"a":', "application/json", / with invalid JSON \((?!.*SyntaxError).+\) that begins /],
  [deepJson(), "application/json", / with invalid JSON \(it is nested too deeply\) that begins /],
  ["[]", "application/json", / with a JSON array instead of a JSON object$/],
  ["null", "application/json", / with null instead of a JSON object$/],
  ["7", "application/json", / with a JSON number instead of a JSON object$/],
  ['"x"', "application/json", / with a JSON string instead of a JSON object$/],
  ["{}", "application/json", / with a JSON object without /],
];

for (const [body, type, words] of DESCRIBED) {
  Deno.test(`a body of ${body.slice(0, 10)} is described as ${words.source}`, () => {
    const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
    const read = judgeMetadataResponse(answerOf(200, body, headers), "resource_metadata");
    assert.ok(read.verdict !== "found");
    assert.match(read.reason, words);
  });
}
