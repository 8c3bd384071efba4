/**
 * `oidc-provider`, loaded quietly and typed as far as the lab uses it.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";

/** The parts of a request's context that the lab looks at. */
export interface OidcContext {
  /** The request. */
  readonly req: IncomingMessage;
  /** Path of the request, without the mount point. */
  readonly path: string;
  /** Answer's body. */
  body: unknown;
  /** Answer's media type. */
  type: string;
  /** What the provider knows about the request. */
  readonly oidc: {
    readonly params: Readonly<Record<string, unknown>>;
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly requestParamScopes: ReadonlySet<string>;
    readonly requestParamOIDCScopes: ReadonlySet<string>;
    readonly resourceServers: Readonly<Record<string, unknown>>;
  };
}

/** What a person agreed to. */
export interface OidcGrant {
  /** Adds scopes of the provider itself. */
  addOIDCScope(scope: string): void;
  /** Adds scopes of a resource. */
  addResourceScope(resource: string, scope: string): void;
  /** Stores it. */
  save(): Promise<string>;
}

/** An opaque access token at rest. */
export interface OidcAccessToken {
  /** Audience. */
  readonly aud?: string | readonly string[];
  /** Granted scope. */
  readonly scope?: string;
  /** Expiry, seconds since the epoch. */
  readonly exp: number;
  /** Client. */
  readonly clientId: string;
  /** Subject. */
  readonly accountId?: string;
}

/** The provider. */
export interface OidcProvider {
  /** Handler for `node:http`. */
  callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  /** Adds a middleware around all routes. */
  use(middleware: (ctx: OidcContext, next: () => Promise<void>) => Promise<void>): void;
  /** Listens to what happens inside. */
  on(event: string, listener: (...args: unknown[]) => void): void;
  /** Ends a page for people. */
  interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>;
  /** Sessions. */
  readonly Session: new (
    payload: object,
  ) => { readonly id: string; save(ttl: number): Promise<string> };
  /** Grants. */
  readonly Grant: new (payload: object) => OidcGrant;
  /** Opaque access tokens of people. */
  readonly AccessToken: { find(token: string): Promise<OidcAccessToken | undefined> };
  /** Refresh tokens. */
  readonly RefreshToken: { find(token: string): Promise<OidcAccessToken | undefined> };
  /** Adds a grant to the token endpoint. */
  registerGrantType(
    name: string,
    handler: (ctx: OidcContext) => Promise<void>,
    parameters: readonly string[],
  ): void;
  /** Opaque access tokens of clients. */
  readonly ClientCredentials: { find(token: string): Promise<OidcAccessToken | undefined> };
}

/** The module's exports. */
export interface OidcModule {
  /** Makes a provider. */
  readonly Provider: new (issuer: string, configuration: object) => OidcProvider;
  /** Error classes by name. */
  readonly errors: Readonly<Record<string, new (...args: unknown[]) => Error>>;
  /** When a person is asked. */
  readonly interactionPolicy: {
    /** The standard policy, to be changed. */
    base(): {
      get(
        prompt: string,
      ): { readonly checks: { remove(reason: string): void; add(check: object): void } };
    };
    /** One reason to ask. */
    readonly Check: new (
      reason: string,
      description: string,
      error: string,
      check: () => boolean,
    ) => object;
  };
}

let loaded: Promise<OidcModule> | undefined;

/** Loads the module once; its remark that Deno is no Node is dropped, any other text passes. */
export function loadOidc(): Promise<OidcModule> {
  return loaded ??= (async () => {
    const out = globalThis.console;
    const warn = out.warn;
    out.warn = (...data: unknown[]) => {
      if (!String(data[0]).includes("Unsupported runtime")) warn(...data);
    };
    try {
      return await import("oidc-provider") as unknown as OidcModule;
    } finally {
      out.warn = warn;
    }
  })();
}

type Payload = Record<string, unknown>;

const OF_A_GRANT = /^(AccessToken|AuthorizationCode|RefreshToken|DeviceCode):/;

/**
 * Storage for one provider: what `oidc-provider` calls an adapter.
 *
 * @param forgotten Models of which nothing is ever found again.
 */
export function memoryAdapter(forgotten: readonly string[]): (model: string) => object {
  const store = new Map<string, Payload>();
  const where = (model: string, member: string, value: unknown) =>
    [...store].find(([key, payload]) => key.startsWith(`${model}:`) && payload[member] === value)
      ?.[1];
  return (model) => ({
    upsert: (id: string, payload: Payload) => Promise.resolve(store.set(`${model}:${id}`, payload)),
    find: (id: string) =>
      Promise.resolve(forgotten.includes(model) ? undefined : store.get(`${model}:${id}`)),
    findByUid: (uid: string) => Promise.resolve(where(model, "uid", uid)),
    findByUserCode: (code: string) => Promise.resolve(where(model, "userCode", code)),
    destroy: (id: string) => Promise.resolve(store.delete(`${model}:${id}`)),
    consume(id: string) {
      const payload = store.get(`${model}:${id}`);
      if (payload) payload["consumed"] = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    revokeByGrantId(grantId: string) {
      for (const [key, payload] of store) {
        if (OF_A_GRANT.test(key) && payload["grantId"] === grantId) store.delete(key);
      }
      return Promise.resolve();
    },
  });
}
