/** The hosts that the person named: they may be in any network. @module */

export interface NamingOptions {
  /** Issuer of `--authorization-server`. */
  readonly authorizationServer?: string | undefined;
  /** `--trust-issuer`. */
  readonly trustIssuer?: { readonly expected: string; readonly announced: string } | undefined;
  /** The identity provider of an enterprise login. */
  readonly identityProvider?:
    | { readonly issuer: string; readonly tokenEndpoint?: string | undefined }
    | undefined;
}

export function hostsOf(...urls: readonly (string | undefined)[]): string[] {
  return urls.flatMap((url) => URL.parse(url ?? "")?.hostname ?? []);
}

/** The URLs that the person named, in addition to the server's. */
export function namedUrls(
  { authorizationServer, trustIssuer, identityProvider }: NamingOptions,
): string[] {
  return [
    authorizationServer,
    trustIssuer?.expected,
    trustIssuer?.announced,
    identityProvider?.issuer,
    identityProvider?.tokenEndpoint,
  ].filter((url) => url !== undefined);
}
