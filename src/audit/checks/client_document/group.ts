/** Client ID metadata documents at the authorization server (draft-00, MCP 2025-11-25). @module */

import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { isLoopbackHost } from "../../../core/url.ts";
import type { Audit } from "../../context/audit.ts";
import {
  asksFirst,
  at,
  controlVisit,
  isRefusedVisit,
  judgeAccepted,
  signInFirst,
  visitOf,
} from "../../judge/authorization_visit.ts";
import { CheckEnd } from "../../context/end_check.ts";
import type { AuditCheck, CheckGroup } from "../../context/check.ts";
import { deviates, inconclusive, passed, skipped, worstOf } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { documentAt, documentsOf, judgeDocument, validDocument, visitDocument } from "./visits.ts";
import { INVENTED_REDIRECT_URI } from "../../judge/invented.ts";

const LARGE_BYTES = 1024 * 1024;

const isLocal = ({ base }: { readonly base: string }) => isLoopbackHost(new URL(base).hostname);

/** URLs that the draft does not allow, which lead to a document if a server fetches them. */
async function judgeUrlRules(audit: Audit): Promise<Outcome> {
  const documents = documentsOf(audit);
  const { visited: control } = await validDocument(audit);
  const { host, protocol } = new URL(documents.base);
  const paths = [
    ["a fragment", documents.base, `/${randomValue()}.json`, "#mcpass-audit"],
    ["user info", `${protocol}//mcpass-audit@${host}`, `/${randomValue()}.json`, ""],
    ["dot segments", documents.base, `/mcpass-audit/../${randomValue()}.json`, ""],
    ["no path", documents.base, "", ""],
  ] as const;
  const outcomes: Outcome[] = [];
  for (const [what, base, path, rest] of paths) {
    const document = documents.publish((url) => documentAt(audit, url + rest), path, base);
    const visited = await visitDocument(audit, { url: document.url + rest });
    const isAccepted = visited.kind === "code" ||
      visited.kind === control.kind && asksFirst(control) && document.fetches() > 0;
    outcomes.push(
      isAccepted || document.fetches() > 0
        ? deviates(`a client_id with ${what} is ${isAccepted ? "accepted" : "fetched"}`)
        : passed(`a client_id with ${what} is not fetched: ${observed(visited.response)}`),
    );
  }
  return worstOf(outcomes);
}

/** True if a registered client with the same request is refused too; false without such a client. */
async function refusesEveryClient(audit: Audit): Promise<boolean> {
  try {
    return isRefusedVisit(await controlVisit(audit));
  } catch (error) {
    if (error instanceof CheckEnd) return false;
    throw error;
  }
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "cimd_works",
    severity: "error",
    cost: { requests: 1 },
    async run(audit) {
      const { document, visited: { kind, response } } = await validDocument(audit);
      const saw = observed(response);
      if (kind === "code" || kind === "page" || kind === "other_redirect") {
        return document.fetches() > 0
          ? passed(`the document is fetched and accepted: ${saw}`)
          : inconclusive("indistinct", `the document is not fetched before the sign-in: ${saw}`);
      }
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      if (document.fetches() > 0) {
        return await refusesEveryClient(audit)
          ? skipped("needs_control", `other clients are refused too: ${saw}`, "authorize_scopes")
          : deviates(`the document is fetched, but the client is refused: ${saw}`);
      }
      if (isLocal(documentsOf(audit))) {
        const message = `the server fetches no document by http from this machine: ${saw}`;
        return skipped("needs_config", message, "--cimd-base");
      }
      return /trust|allow|permit|policy/i.test(response.body)
        ? inconclusive("other_refusal", `the document is not fetched, by a policy: ${saw}`)
        : deviates(`the document is not fetched: ${saw}`);
    },
  },
  {
    id: "cimd_id_compared",
    severity: "error",
    attacker: "A1",
    cost: { requests: 1 },
    run: async (audit) => {
      const { document } = await validDocument(audit);
      return await judgeDocument(
        audit,
        "a document with the client_id of another one",
        () => documentAt(audit, document.url),
      );
    },
  },
  {
    id: "cimd_redirect_compared",
    severity: "error",
    attacker: "A1",
    cost: { requests: 1 },
    async run(audit) {
      const { document, visited: control } = await validDocument(audit);
      const client = audit.clients.ofDocument(document.url);
      const response = await audit.grants.visit({ redirect_uri: INVENTED_REDIRECT_URI }, client);
      const visited = visitOf(response, INVENTED_REDIRECT_URI);
      const { kind } = visited;
      if (kind === "code" || kind === "error") {
        return deviates(`a redirect URI that is not in the document is used${at(visited)}`);
      }
      const isPage = kind === "page" || kind === "other_redirect";
      return noJudgement(response) ??
        (isPage && asksFirst(control)
          ? signInFirst("a redirect URI that is not in the document")
          : passed(`a redirect URI that is not in the document is refused: ${observed(response)}`));
    },
  },
  {
    id: "cimd_document_checked",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 3 },
    async run(audit) {
      return worstOf([
        await judgeDocument(audit, "a document that is not JSON", () => new Response("mcpass")),
        await judgeDocument(
          audit,
          "a document without redirect_uris",
          (url) => documentAt(audit, url, { redirect_uris: undefined }),
        ),
        await judgeDocument(
          audit,
          "a document without client_name",
          (url) => documentAt(audit, url, { client_name: undefined }),
        ),
      ]);
    },
  },
  {
    id: "cimd_no_shared_secret",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1 },
    run: (audit) =>
      judgeDocument(audit, "a document with a client secret", (url) =>
        documentAt(audit, url, {
          client_secret: "mcpass-audit",
          token_endpoint_auth_method: "client_secret_basic",
        })),
  },
  {
    id: "cimd_url_rules",
    severity: "error",
    attacker: "A1",
    cost: { requests: 4 },
    run: judgeUrlRules,
  },
  {
    id: "cimd_port_free",
    severity: "error",
    cost: { requests: 1 },
    async run(audit) {
      const { visited: control } = await validDocument(audit);
      const portless = ["http://127.0.0.1/callback"];
      const document = documentsOf(audit).publish((url) =>
        documentAt(audit, url, { redirect_uris: portless })
      );
      const redirectUri = "http://127.0.0.1:33419/callback";
      const client = audit.clients.ofDocument(document.url);
      const response = await audit.grants.visit({ redirect_uri: redirectUri }, client);
      const what = `the redirect URI ${redirectUri} for the listed ${portless.join()}`;
      return judgeAccepted(visitOf(response, redirectUri), control, what);
    },
  },
  {
    id: "cimd_no_redirects",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1 },
    async run(audit) {
      const documents = documentsOf(audit);
      const path = `/${randomValue()}.json`;
      const target = documents.publish(() => documentAt(audit, documents.base + path));
      const outcome = await judgeDocument(
        audit,
        "a redirect to another document",
        () => new Response(null, { status: 302, headers: { location: target.url } }),
      );
      return target.fetches() > 0 ? deviates("a redirect of the document is followed") : outcome;
    },
  },
  {
    id: "cimd_private_refused",
    severity: "error",
    attacker: "A1",
    unsafe: true,
    cost: { requests: 1 },
    async run(audit) {
      const { canary } = documentsOf(audit);
      if (canary === undefined) {
        return skipped("not_applicable", "no private address is available for a test");
      }
      const { url } = canary;
      const { response } = await visitDocument(audit, { url });
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      if (canary.connections() === 0) {
        return passed(`nothing connects to ${url}: ${observed(response)}`);
      }
      // During development on this machine, a server may allow such requests on purpose.
      return deviates(
        `the server connects to ${url}, an address of its own machine; it must not do that in ` +
          "production",
        { severity: "warning" },
      );
    },
  },
  {
    id: "cimd_size",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1 },
    run: (audit) =>
      judgeDocument(
        audit,
        "a document of 1 MiB",
        (url) => documentAt(audit, url, { mcpass_audit: "x".repeat(LARGE_BYTES) }),
      ),
  },
  {
    id: "cimd_errors_uncached",
    severity: "warning",
    cost: { requests: 2 },
    async run(audit) {
      const { visited: control } = await validDocument(audit);
      let isPublished = false;
      const document = documentsOf(audit).publish((url) =>
        isPublished ? documentAt(audit, url) : new Response(null, { status: 404 })
      );
      await visitDocument(audit, document);
      const before = document.fetches();
      isPublished = true;
      const visited = await visitDocument(audit, document);
      const outcome = judgeAccepted(visited, control, "a document that was missing before");
      return document.fetches() > before || outcome.kind !== "deviates"
        ? outcome
        : deviates(`after a 404, the document is not fetched again: ${observed(visited.response)}`);
    },
  },
  {
    id: "cimd_key_client",
    severity: "error",
    attacker: "A3",
    cost: { requests: 4, consents: 1 },
    async run(audit) {
      await validDocument(audit);
      const { publicKey } = await crypto.subtle.generateKey(
        { name: "ECDSA", namedCurve: "P-256" },
        true,
        ["sign", "verify"],
      );
      const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
      const key = { kty, crv, x, y, alg: "ES256", use: "sig", kid: "mcpass-audit" };
      const document = documentsOf(audit).publish((url) =>
        documentAt(audit, url, {
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: "ES256",
          jwks: { keys: [key] },
        })
      );
      const client = audit.clients.ofDocument(document.url);
      const { pushedRequestsRequired, pushedRequestEndpoint } = audit.discovery.metadata ?? {};
      if (pushedRequestsRequired) {
        // The client authenticates there too (RFC 9126 §2).
        const response = await audit.grants.visit({}, client);
        if (response.url === pushedRequestEndpoint) {
          return judgeRefusal(response, {
            what: "a pushed request without the signature that the document announces",
            codes: ["invalid_client"],
          });
        }
      }
      const reply = await audit.grants.authorize({}, client);
      const response = await audit.grants.exchange(reply);
      if (isSuccess(response)) await audit.grants.read(response, client, reply);
      return judgeRefusal(response, {
        what: "a token request without the signature that the document announces",
        codes: ["invalid_client"],
      });
    },
  },
];

export const CLIENT_DOCUMENT_GROUP: CheckGroup = {
  id: "client_document",
  title: "Client ID metadata documents",
  since: "2025-11-25",
  requires: ["asm_endpoints", "cimd_works"],
  checks: CHECKS,
};
