import { type ClientDocumentOptions, FIXED_PORT } from "../../../oauth/client/client_document.ts";
import { CLIENT_AUTH_METHODS } from "../../../oauth/client/client_auth.ts";
import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { flagGroup, list, type OptionsOf, toggle, value } from "../../command/flag.ts";
import { clientMetadataUrl, redirectUrl, secureUrl } from "../../args/url_value.ts";
import { choice, identifier, outputPath, path, port, scopes } from "../../args/values.ts";

const DOCUMENT = "Document:";
const LOGIN = "The planned login:";

const DOCUMENT_FLAGS = flagGroup(DOCUMENT, {
  clientMetadataUrl: value(
    "<url>",
    "URL at which the document will be published; it is the client ID",
    clientMetadataUrl,
  ),
  clientName: value(
    "<name>",
    "client name on the consent page (default: mcpass)",
    identifier,
  ),
  clientUri: value("<url>", "URL of a page about the client", secureUrl),
  logoUri: value("<url>", "URL of its logo", secureUrl),
  tosUri: value("<url>", "URL of its terms of service", secureUrl),
  policyUri: value("<url>", "URL of its privacy policy", secureUrl),
  contact: list("<address>", "email address of a contact (repeatable)", identifier),
  redirectUrl: list(
    "<url>",
    "redirect URI (repeatable; default: /callback on http://127.0.0.1 and http://localhost, each " +
      "without a port and with --port)",
    redirectUrl,
  ),
  scopes: value("<scopes>", "scopes that the client may request", scopes),
  privateKeyFile: value(
    "<path>",
    "authenticate with this key (private_key_jwt): its public half goes into the document",
    path,
  ),
  privateKeyPassphraseFile: value(
    "<path>",
    "file with the passphrase of --private-key-file (default: ask)",
    path,
  ),
  dpop: toggle("declare that the client uses DPoP-bound tokens (RFC 9449)"),
});

export function documentMembers(
  options: OptionsOf<typeof DOCUMENT_FLAGS>,
): Omit<ClientDocumentOptions, "url" | "port" | "privateKey"> {
  const { contact: contacts, redirectUrl: redirectUris, clientName = "mcpass", ...others } =
    options;
  return { ...others, clientName, contacts, redirectUris };
}

export const GENERATE_FLAGS = {
  ...DOCUMENT_FLAGS,
  ...flagGroup(DOCUMENT, {
    port: value("<port>", `port for the redirect URIs with a port (default: ${FIXED_PORT})`, port),
  }),
  ...flagGroup("Output:", {
    out: value("<path>", "write the document to this file", outputPath, { short: "-o" }),
  }),
  ...RESULT_FLAGS,
};

export const CHECK_FLAGS = {
  clientMetadataUrl: {
    ...DOCUMENT_FLAGS.clientMetadataUrl,
    about: "URL at which the file will be published (default: its client_id)",
  },
  ...flagGroup(LOGIN, {
    redirectUrl: value(
      "<url>",
      "redirect URI of the login (default: http://127.0.0.1:<free port>/callback)",
      redirectUrl,
    ),
    tokenAuthMethod: value("<m>", CLIENT_AUTH_METHODS.join(", "), choice(CLIENT_AUTH_METHODS)),
    privateKeyFile: value("<path>", "private key of the client, for private_key_jwt", path),
  }),
  privateKeyPassphraseFile: DOCUMENT_FLAGS.privateKeyPassphraseFile,
  url: {
    ...SERVER_FLAGS.url,
    group: LOGIN,
    about: "MCP server of the login; mcpass checks that its authorization server supports CIMD",
  },
  header: { ...SERVER_FLAGS.header, group: LOGIN },
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

export const SERVE_FLAGS = {
  ...DOCUMENT_FLAGS,
  ...flagGroup("Output:", {
    port: value("<port>", "port to listen on (default: a free one)", port),
  }),
  ...RESULT_FLAGS,
};

export type CheckOptions = OptionsOf<typeof CHECK_FLAGS>;
export type ServeOptions = OptionsOf<typeof SERVE_FLAGS>;
