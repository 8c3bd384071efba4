interface NamingOptions {
  readonly authorizationServer?: string | undefined;
  readonly serverMetadata?: { readonly source: string } | undefined;
  /** Issuers. */
  readonly trustIssuer?: { readonly expected: string; readonly announced: string } | undefined;
  readonly identityProvider?:
    | { readonly issuer: string; readonly tokenEndpoint?: string | undefined }
    | undefined;
}

export function hostsOf(...urls: readonly (string | undefined)[]): string[] {
  // A file has no host.
  return urls.flatMap((url) => URL.parse(url ?? "")?.hostname || []);
}

/** The URLs that the person named, in addition to the server's: their hosts may be in any network. */
export function namedUrls(
  { authorizationServer, serverMetadata, trustIssuer, identityProvider }: NamingOptions,
): string[] {
  return [
    authorizationServer,
    serverMetadata?.source,
    trustIssuer?.expected,
    trustIssuer?.announced,
    identityProvider?.issuer,
    identityProvider?.tokenEndpoint,
  ].filter((url) => url !== undefined);
}
