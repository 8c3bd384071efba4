/**
 * Making a door to the network.
 *
 * @module
 */

import type { HttpClient, HttpClientOptions } from "../http_client.ts";
import { createPipeline } from "./pipeline.ts";
import { createSend } from "./send.ts";

/**
 * A door to the network. Every request of the program passes through one, and every attempt leaves
 * it as an `exchange` event. Close it when the work is done.
 *
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const pipeline = createPipeline(options);
  return {
    send: createSend(pipeline, options),
    streaming: (step) => async (input, init) => {
      const { createStreaming } = await import("./streaming.ts");
      return await createStreaming(pipeline)(step)(input, init);
    },
    close: () => pipeline.close(),
  };
}
