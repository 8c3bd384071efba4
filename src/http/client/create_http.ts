/**
 * Making a door to the network.
 *
 * @module
 */

import type { Http, HttpOptions } from "../http.ts";
import { openLine } from "./line.ts";
import { createSend } from "./send.ts";

/**
 * A door to the network. Every request of the program passes through one, and every attempt leaves
 * it as an `exchange` event. Close it when the work is done.
 *
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function createHttp(options: HttpOptions): Http {
  const line = openLine(options);
  return {
    send: createSend(line, options),
    streaming: (step) => async (input, init) => {
      const { createStreaming } = await import("./streaming.ts");
      return await createStreaming(line)(step)(input, init);
    },
    close: () => line.close(),
  };
}
