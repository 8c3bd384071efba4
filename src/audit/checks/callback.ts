/** The authorization response (RFC 6749 §4.1.2, RFC 9207 §2), as the shared grant received it. @module */

import { printable, quoted } from "../../core/text.ts";
import { callbackValues } from "../../oauth/authorization/authorization.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import type { AuthorizationReply } from "../context/grants.ts";
import { deviates, inconclusive, passed, skipped } from "../context/outcome.ts";
import type { Outcome } from "../context/verdict.ts";

const NO_RESPONSE = "the token was obtained without an authorization request";

/** Runs with the response of the shared grant. */
function ofReply(judge: (reply: AuthorizationReply, audit: Audit) => Outcome) {
  return async (audit: Audit): Promise<Outcome> => {
    const { reply } = await audit.grants.attempted();
    if (reply === undefined) {
      return skipped("needs_consent", NO_RESPONSE, "1");
    }
    if (reply.exchangeId !== null) audit.cite({ exchangeId: reply.exchangeId });
    return judge(reply, audit);
  };
}

/** The number of values: a code is a secret, which messages do not show. */
const countOf = ({ parameters }: AuthorizationReply, name: string): number =>
  callbackValues(parameters, name).length;

const TOKENS = ["access_token", "id_token"] as const;

/** Redirects after which a browser sends a GET (RFC 9700 §4.12). */
const SAFE_STATUSES: readonly number[] = [302, 303];

/** The response has to be sent to the redirect URI as it was requested, with its query. */
function judgeAddress({ url, record: { redirectUri }, status }: AuthorizationReply): Outcome {
  if (status === null) return passed("the response was received at the redirect URI");
  const separator = redirectUri.includes("?") ? "&" : "?";
  return url.startsWith(redirectUri + separator)
    ? passed(`the response was sent to ${quoted(redirectUri)}`)
    : deviates(
      `the redirect URI is ${quoted(redirectUri)}, and the response was sent to ` +
        quoted(printable(url.replace(/\bcode=[^&#]*/, "code=…"), 300)),
    );
}

const CALLBACK_CHECKS: readonly AuditCheck[] = [
  {
    id: "callback_state",
    severity: "error",
    attacker: "A1",
    cost: { requests: 0 },
    grant: "first",
    run: ofReply(({ parameters, record }) => {
      const states = callbackValues(parameters, "state");
      if (states.length !== 1) return deviates(`the response has ${states.length} values of state`);
      return states[0] === record.state ? passed("state is returned unchanged") : deviates(
        `state was sent as ${quoted(record.state)} and returned as ${quoted(states[0] ?? "", 300)}`,
      );
    }),
  },
  {
    id: "callback_code",
    severity: "error",
    cost: { requests: 0 },
    grant: "first",
    run: ofReply((reply) => {
      const [codes, errors] = [countOf(reply, "code"), countOf(reply, "error")];
      return codes === 1 && errors === 0 && reply.code !== ""
        ? passed("the response has one code")
        : deviates(
          `the response has ${codes} values of code and ${errors} of error, expected 1 and 0`,
        );
    }),
  },
  {
    id: "callback_exact",
    severity: "error",
    cost: { requests: 2, registrations: 1 },
    grant: "first",
    async run(audit) {
      const { reply } = await audit.grants.attempted();
      if (reply === undefined) {
        return skipped("needs_consent", NO_RESPONSE, "1");
      }
      if (reply.exchangeId !== null) audit.cite({ exchangeId: reply.exchangeId });
      const direct = judgeAddress(reply);
      // A further consent would cost a person's attention.
      if (direct.kind !== "passed" || audit.grants.asksPerson || audit.grants.decides) {
        return direct;
      }
      const uri = `${reply.record.redirectUri}?mcpass_audit=1`;
      const { client } = await audit.clients.register({ redirect_uris: [uri] });
      if (client === undefined) return direct;
      const own = { ...client, redirectUri: uri };
      return judgeAddress(await audit.grants.authorize({}, own));
    },
  },
  {
    id: "callback_iss",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 0 },
    grant: "first",
    run: ofReply(({ parameters }, { discovery, rules }) => {
      const { metadata } = discovery;
      const isAnnounced = metadata?.issParameter === true;
      const issuers = callbackValues(parameters, "iss");
      const expected = metadata?.issuer ?? "";
      const [issuer] = issuers;
      if (issuer !== undefined && (issuers.length > 1 || issuer !== expected)) {
        const found = issuers.map((it) => quoted(it, 300)).join(", ");
        return deviates(`the response has the iss ${found}, expected ${quoted(expected)}`, {
          severity: "error",
        });
      }
      if (issuer !== undefined) {
        return isAnnounced
          ? passed("iss is the issuer of the metadata")
          : deviates("the response has iss, but the metadata does not announce it");
      }
      if (isAnnounced) {
        return deviates("the response has no iss, but the metadata announces it", {
          severity: "error",
        });
      }
      return rules.era === "stateless"
        ? deviates("the response has no iss, and the metadata does not announce it", {
          isOfStateless: true,
        })
        : skipped("not_advertised", "the metadata does not announce iss");
    }),
  },
  {
    id: "callback_no_tokens",
    severity: "error",
    attacker: "A3",
    cost: { requests: 0 },
    grant: "first",
    run: ofReply(({ parameters, url }, { secrets }) => {
      const fragment = new URLSearchParams(URL.parse(url)?.hash.slice(1) ?? "");
      const all = [...parameters, ...fragment];
      const found = all.filter(([name]) => TOKENS.some((token) => token === name));
      for (const [, value] of found) secrets.add(value);
      return found.length === 0
        ? passed("the response has no token")
        : deviates(`the response has ${found.map(([name]) => name).join(", ")}`);
    }),
  },
  {
    id: "callback_redirect_status",
    severity: "warning",
    cost: { requests: 0 },
    grant: "first",
    run: ofReply(({ status }) => {
      if (status === null) {
        const message = "a browser followed the redirect: its status is unknown";
        return skipped("needs_config", message, "--auth-mode headless");
      }
      return SAFE_STATUSES.includes(status)
        ? passed(`the redirect to the client is HTTP ${status}`)
        : deviates(`the redirect to the client is HTTP ${status}, expected 302 or 303`);
    }),
  },
  {
    id: "callback_denied",
    severity: "warning",
    cost: { requests: 1, consents: 1 },
    async run({ grants, discovery }) {
      if (!grants.decides) {
        const message = "a command has to deny the request";
        return skipped("needs_config", message, "--consent-command");
      }
      const reply = await grants.authorize({}, undefined, {
        decision: "deny",
        session: "denial",
        label: "a denied request",
      });
      const { parameters, record } = reply;
      const error = callbackValues(parameters, "error")[0] ?? "";
      if (reply.code !== "") return deviates("a denied request gets a code", { severity: "error" });
      const faults = [
        ...error === "access_denied" ? [] : [`error is ${quoted(error, 100)}`],
        ...callbackValues(parameters, "state")[0] === record.state ? [] : ["state differs"],
        ...discovery.metadata?.issParameter !== true ||
            callbackValues(parameters, "iss")[0] === discovery.metadata.issuer
          ? []
          : ["iss is missing or differs"],
      ];
      return faults.length === 0
        ? passed("a denied request gets access_denied with its state")
        : deviates(`a denied request: ${faults.join("; ")}`);
    },
  },
  {
    id: "consent_each_client",
    severity: "error",
    attacker: "A1",
    cost: { requests: 2, consents: 2 },
    async run({ grants, clients }) {
      if (!grants.decides) {
        return skipped(
          "needs_config",
          "a command has to report the pages that it sees",
          "--consent-command",
        );
      }
      const session = "clients";
      // Not the first client: a later grant of the same client may end the one that others use.
      const client = await clients.forRefusals();
      const first = await grants.authorize({}, client, {
        session,
        label: "a client in a new browser session",
      });
      if (first.pages?.length === 0) {
        return skipped("not_applicable", "the authorization server consents without a page");
      }
      const second = await grants.authorize({}, await clients.other(client), {
        session,
        label: "another client in the same browser session",
      });
      if (first.pages === undefined || second.pages === undefined) {
        return inconclusive("consent_failed", "the command did not report the pages that it saw");
      }
      const titles = second.pages.map(({ title }) => quoted(title, 60)).join(", ");
      if (titles === "" && second.code !== "") {
        return deviates("in the same browser session, another client gets a code without a page");
      }
      return passed(
        titles === "" ? "another client gets no code" : `another client gets the page ${titles}`,
      );
    },
  },
];

export const CALLBACK_GROUP: CheckGroup = {
  id: "callback",
  title: "Authorization response",
  requires: ["asm_endpoints", "authorize_scopes", "authorize_resource"],
  checks: CALLBACK_CHECKS,
};
