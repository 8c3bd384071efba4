/**
 * The effects that the parts of a login and of a refresh are handed.
 *
 * @module
 */

import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { Secrets } from "../../trace/secrets.ts";

/** The effects of a request. */
export interface RequestEffects {
  readonly http: HttpClient;
  /** Is told every secret that a request or response has. */
  readonly secrets: Secrets;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The effects of a refresh. */
export interface RefreshEffects extends RequestEffects {
  readonly clock: Clock;
  /** Shows a note to the person. */
  readonly note: (message: string) => void;
}

/** The effects of a login. */
export interface LoginEffects extends RequestEffects {
  readonly clock: Clock;
  /** Receives every report. */
  readonly emit: Emit;
}
