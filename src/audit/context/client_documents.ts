/** Client ID metadata documents that an audit publishes. @module */

import type { JsonObject } from "../../core/json.ts";

export interface PublishedDocument {
  /** The URL, which is also the client id. */
  readonly url: string;
  /** Requests to it so far. */
  fetches(): number;
}

/** An https URL at a private address: a server must not connect to it. */
export interface PrivateAddress {
  readonly url: string;
  /** Connections so far. */
  connections(): number;
}

export interface AuditDocuments {
  /** `http://127.0.0.1:<port>`, or the public URL that leads there. */
  readonly base: string;
  /** Undefined without IPv6, and for a public URL: then the server runs elsewhere. */
  readonly canary: PrivateAddress | undefined;
  /**
   * Publishes a document, or another response.
   *
   * @param path By default a new one.
   * @param base By default {@link AuditDocuments.base}.
   */
  publish(
    content: (url: string) => JsonObject | Response,
    path?: string,
    base?: string,
  ): PublishedDocument;
}
