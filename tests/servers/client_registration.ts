/** What applications around libraries without dynamic client registration (RFC 7591) have to check. @module */

import type { Request, Response } from "express";

/** The metadata of a client that asks to be registered, as far as it is known here. */
export interface AskedClient {
  readonly client_name?: string;
  readonly grant_types?: string[];
  readonly redirect_uris?: string[];
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:[/?]|$)/;

function isSafe(uri: string): boolean {
  if (!URL.canParse(uri) || uri.includes("#") || uri.includes("*")) return false;
  return uri.startsWith("https://") || LOOPBACK.test(uri);
}

/** Saves the client of a request, unless its redirect URIs are unsafe. */
export function registers(
  save: (id: string, asked: AskedClient & { redirect_uris: string[] }) => void,
): (req: Request, res: Response) => void {
  return (req, res) => {
    const { redirect_uris: uris = [] }: AskedClient = req.body;
    if (uris.length === 0 || !uris.every(isSafe)) {
      return void res.status(400).json({ error: "invalid_redirect_uri" });
    }
    const id = crypto.randomUUID();
    save(id, { ...req.body, redirect_uris: uris });
    res.status(201).json({ ...req.body, token_endpoint_auth_method: "none", client_id: id });
  };
}

/** Compares redirect URIs; those of native applications may have another port (RFC 8252 §7.3). */
export function isRedirectUriOf(uris: readonly string[], asked: unknown): boolean {
  // A parameter that is sent twice is a list.
  if (typeof asked !== "string") return false;
  const portless = (uri: string) =>
    LOOPBACK.test(uri) ? uri.replace(/^(http:\/\/[^/?]*?):\d+/, "$1") : uri;
  return uris.some((uri) => uri === asked || portless(uri) === portless(asked));
}
