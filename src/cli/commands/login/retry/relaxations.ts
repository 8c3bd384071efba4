/** The question about a check that a person can switch off, or a parameter that a server refuses. @module */

import { printable, quoted } from "../../../../core/text.ts";
import { trustedIssuer } from "../../../args/url_value.ts";
import type { Question } from "../../../command/runtime.ts";

interface Relaxation {
  readonly question: string;
  readonly risk: string;
  /** The answer yes, as the label of its choice. */
  readonly yes: string;
}

/** A server chose the text: it must not read as a part of the question. */
function shownUrl(text: string): string {
  return /^[\x21-\x7e]{1,300}$/.test(text) ? text : quoted(text, 300);
}

/** By the option that relaxes the check. */
export const RELAXATIONS: ReadonlyMap<string, (value: string) => Relaxation> = new Map([
  ["trustPkce", (issuer) => ({
    question: `Sign in at ${shownUrl(issuer)} although it does not announce PKCE?`,
    risk: "PKCE makes a stolen authorization code useless. mcpass sends PKCE (S256) in any case, " +
      "but nothing shows that this authorization server checks it. Answer yes only if you know " +
      "that it does (Microsoft Entra ID and Amazon Cognito do).",
    yes: "Yes, sign in without this check",
  })],
  ["trustIssuer", (pair) => {
    const parsed = trustedIssuer(pair);
    const { expected, announced } = "value" in parsed
      ? parsed.value
      : { expected: pair, announced: "" };
    return {
      question: `Accept the issuer ${shownUrl(announced)} for ${shownUrl(expected)}?`,
      risk: "A wrong issuer can mean that another server answers for this one, and would receive " +
        "your sign-in. Answer yes only if its operator confirms that both URLs are the same " +
        "authorization server.",
      yes: "Yes, accept this issuer",
    };
  }],
  ["resource", (resource) =>
    resource === "none"
      ? {
        question: 'Sign in without the "resource" parameter?',
        risk: 'Without "resource", the token may also be valid at other servers of this ' +
          "authorization server. Answer yes only if you trust this MCP server with such a token.",
        yes: "Yes, sign in without it",
      }
      : {
        question: `Request a token for the resource ${shownUrl(resource)}?`,
        risk:
          "The MCP server names a resource that is not its own URL. The token may be valid at " +
          "another server, and this MCP server could use it there. Answer yes only if you know " +
          "that this resource is this MCP server.",
        yes: "Yes, request it",
      }],
]);

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/** @param message Of the failure, masked. */
export function relaxationQuestion(
  relaxations: readonly (readonly [option: string, value: string])[],
  message: string,
): Question {
  const texts = relaxations.flatMap(([option, value]) => RELAXATIONS.get(option)?.(value) ?? []);
  const [only, ...others] = texts;
  return {
    message: texts.map(({ question }) => question).join(" "),
    before: [sentence(printable(message, 400)), ...texts.map(({ risk }) => risk)],
    choices: [
      { value: "no", label: "No, stop here", sets: {} },
      {
        value: "yes",
        label: only !== undefined && others.length === 0
          ? only.yes
          : "Yes, continue without these checks",
        hint: "stored with the sign-in",
        sets: Object.fromEntries(relaxations),
      },
    ],
  };
}
