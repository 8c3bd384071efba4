/** The effects of a request, a refresh and a login. @module */

import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { Secrets } from "../../trace/secrets.ts";

export interface RequestEffects {
  readonly http: HttpClient;
  /** Receives every secret that a request or response has, for masking. */
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

export interface RefreshEffects extends RequestEffects {
  readonly clock: Clock;
  readonly note: (message: string) => void;
}

export interface LoginEffects extends RequestEffects {
  readonly clock: Clock;
  readonly emit: Emit;
}
