/** A server with `initialize`: Streamable HTTP, or HTTP+SSE if it has only that. @module */

import { openHttpSse } from "./http_sse.ts";
import { openStreamableHttp } from "./streamable_http.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

export function openLegacy(options: UpstreamOptions): Upstream {
  let current: Upstream = openStreamableHttp({
    ...options,
    async sendOlder(message) {
      const older = openHttpSse(options);
      if (!await older.connect()) return false;
      current = older;
      await older.send(message);
      return true;
    },
  });
  return {
    send: (message) => current.send(message),
    close: (signal) => current.close(signal),
  };
}
