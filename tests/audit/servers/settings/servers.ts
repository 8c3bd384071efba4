/** All servers with settings. @module */

import { BETTER } from "./better_auth.ts";
import { NODE_OAUTH_SETTINGS } from "./node_oauth.ts";
import { OIDC_PROVIDER, OIDC_PROVIDER_EXPIRY, OIDC_PROVIDER_STRICT } from "./oidc_provider.ts";
import type { ConfiguredServer } from "./setting.ts";
import { SDK } from "./typescript_sdk.ts";
import { WORKERS, WORKERS_2025 } from "./workers_oauth_provider.ts";

export const CONFIGURED_SERVERS: readonly ConfiguredServer[] = [
  OIDC_PROVIDER,
  OIDC_PROVIDER_STRICT,
  OIDC_PROVIDER_EXPIRY,
  WORKERS,
  WORKERS_2025,
  BETTER,
  SDK,
  NODE_OAUTH_SETTINGS,
];
