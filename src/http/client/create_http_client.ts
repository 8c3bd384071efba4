/** Making an HTTP client. @module */

import type { HttpClient, HttpClientOptions } from "../http_client.ts";
import { createPipeline } from "./pipeline.ts";
import { createSend } from "./send.ts";

/**
 * Makes an HTTP client. Every request of the program uses one, and every attempt becomes an `exchange`
 * event. Close it after its last request.
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
