/**
 * How the issuer of given credentials is determined: from stored sign-ins, or by a person.
 * @module
 */

import type { GivenCredential } from "../../oauth/metadata/issuer_binding.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import type { KnownIssuer } from "../../oauth/metadata/server_metadata.ts";

/** The client whose stored sign-ins are searched. */
export interface ClientAtServer {
  readonly serverUrl: string;
  readonly approach: RegistrationApproach;
  /** Empty for a client that is registered dynamically, and for none. */
  readonly clientId: string;
}

export interface IssuerQuestion {
  readonly serverUrl: string;
  /** The authorization server that the MCP server names. */
  readonly issuer: string;
  /** The issuer before, for a login that moves to another one. */
  readonly previous?: string;
  /**
   * The credentials that would be sent; empty if the login only registers a client and opens a
   * browser.
   */
  readonly credentials: readonly GivenCredential[];
}

/** A command line with `--authorization-server` and without secrets. */
export interface PinnedCommand {
  readonly line: string;
  /** The environment variables that must contain the secrets. */
  readonly variables: readonly string[];
}

/** How the issuer of given credentials is determined. */
export interface IssuerConfirmation {
  stored(client: ClientAtServer): Promise<readonly KnownIssuer[]>;
  /** Absent if nobody can be asked. */
  readonly ask?: ((question: IssuerQuestion) => Promise<boolean>) | undefined;
  /** The command line of this login with `--authorization-server`. */
  command(issuer: string): Promise<PinnedCommand>;
}
