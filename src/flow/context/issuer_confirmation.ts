/**
 * How the issuer of given credentials is determined: from stored sign-ins, or by a person.
 *
 * @module
 */

import type { GivenCredential } from "../../oauth/metadata/issuer_binding.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import type { KnownIssuer } from "../../oauth/metadata/server_metadata.ts";

/** The client whose stored sign-ins are looked for. */
export interface ClientAtServer {
  /** MCP server URL. */
  readonly serverUrl: string;
  /** How the client is identified; a registered client has no id before its registration. */
  readonly approach: RegistrationApproach;
  /** Its id; empty for a client that is registered and for none. */
  readonly clientId: string;
}

/** What a person is asked. */
export interface IssuerQuestion {
  /** MCP server URL. */
  readonly serverUrl: string;
  /** The authorization server that it names. */
  readonly issuer: string;
  /** The issuer before, for a login that moves to another one. */
  readonly previous?: string;
  /** What would be sent there; empty when only a registration and a browser would be. */
  readonly credentials: readonly GivenCredential[];
}

/** A command line with `--authorization-server` and without secrets. */
export interface PinnedCommand {
  /** The command line. */
  readonly line: string;
  /** The environment variables that the secrets have to be in. */
  readonly variables: readonly string[];
}

/** How the issuer of given credentials is determined. */
export interface IssuerConfirmation {
  /** The issuers of the stored sign-ins of a client. */
  stored(client: ClientAtServer): Promise<readonly KnownIssuer[]>;
  /** Asks a person; absent where nobody can be asked. */
  readonly ask?: (question: IssuerQuestion) => Promise<boolean>;
  /** The command line of this login, pinned to an issuer. */
  command(issuer: string): Promise<PinnedCommand>;
}
