/** All published servers that the tests sign in to. @module */

import { BETTER_AUTH } from "./better_auth.ts";
import { EVERYTHING } from "./everything.ts";
import { FASTMCP } from "./fastmcp.ts";
import { JMONDI } from "./jmondi.ts";
import { NODE_OAUTH } from "./node_oauth.ts";
import { OAUTH2_MOCK_SERVER } from "./oauth2_mock_server.ts";
import { OPENAUTH } from "./openauth.ts";
import type { RealServer } from "./real_server.ts";
import { TYPESCRIPT_SDK } from "./typescript_sdk.ts";
import { WORKERS_OAUTH_PROVIDER } from "./workers_oauth_provider.ts";

export const REAL_SERVERS: readonly RealServer[] = [
  ...BETTER_AUTH,
  ...EVERYTHING,
  ...FASTMCP,
  ...JMONDI,
  ...NODE_OAUTH,
  ...OAUTH2_MOCK_SERVER,
  ...OPENAUTH,
  ...TYPESCRIPT_SDK,
  ...WORKERS_OAUTH_PROVIDER,
];
