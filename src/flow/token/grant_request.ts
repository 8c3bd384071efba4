import type { Consent } from "../../consent/consent.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { Client } from "../context/client.ts";
import type { Repeats } from "../context/login_context.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { Identity } from "./identity_provider.ts";
import type { TokenClient } from "./post_as_client.ts";

export interface GrantRequest {
  readonly discovery: Discovery;
  readonly client: TokenClient & Pick<Client, "approach" | "redirectUri">;
  readonly scopes: readonly string[] | undefined;
  readonly consent: Consent | undefined;
  /** Who signed in at the identity provider before in this login. */
  readonly identity?: Identity | undefined;
  readonly repeats?: Repeats | undefined;
}

export interface TokenRequest {
  readonly body: URLSearchParams;
  /** Sends it until the server decides; absent: once. */
  readonly send?: (post: () => Promise<HttpResponse>) => Promise<HttpResponse>;
  readonly identity?: Identity | undefined;
}
