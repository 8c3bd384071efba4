/**
 * Lab servers on loopback under public names: what leaves a command goes through the names, and every
 * request is recorded as the command sent it.
 *
 * @module
 */

import * as realHttp from "../../src/http/client/create_http_client.ts";
import type { Replacements } from "./fake_runtime.ts";
import type { HttpClientOptions, HttpRequest, HttpResponse } from "../../src/http/http_client.ts";

/** A request as a command sent it. */
export interface SentRequest {
  readonly method: string;
  /** URL under the public name. */
  readonly url: string;
  /** Header fields and body as one text. */
  readonly text: string;
  /** True when the handshake presents a client certificate. */
  readonly certificate: boolean;
}

/** A network of names. */
export interface NamedNetwork {
  /** What a command is run with. */
  readonly replacements: Replacements;
  /** Every request, in order. */
  readonly sent: SentRequest[];
  /** Requests to one origin. */
  at(origin: string): SentRequest[];
}

/**
 * Makes one.
 *
 * @param names Public origins and the origins on loopback that they stand for; read at each request.
 */
export function namedNetwork(names: Readonly<Record<string, string>>): NamedNetwork {
  const sent: SentRequest[] = [];
  const spelled = (text: string, from: 0 | 1): string =>
    Object.entries(names).reduce((translated, pair) => {
      const [one, other] = from === 0 ? pair : [pair[1], pair[0]];
      return translated.replaceAll(one, other)
        .replaceAll(encodeURIComponent(one), encodeURIComponent(other));
    }, text);
  const real = (text: string) => spelled(text, 0);
  const named = (text: string) => spelled(text, 1);
  const namedHeaders = (headers: Headers) =>
    new Headers([...headers].map(([name, value]) => [name, named(value)]));

  function createHttpClient(options: HttpClientOptions) {
    const http = realHttp.createHttpClient({ ...options, serverUrl: real(options.serverUrl) });
    return {
      async send({ certificate, ...request }: HttpRequest): Promise<HttpResponse> {
        const { body, headers = [], method, url } = request;
        sent.push({
          ...{ method, url },
          text: JSON.stringify([headers, body ?? ""]),
          certificate: certificate !== undefined,
        });
        const answer = await http.send({
          ...request,
          url: real(url),
          headers: headers.map(([name, value]) => [name, real(value)]),
          ...(body === undefined ? {} : { body: real(body) }),
        });
        return {
          ...answer,
          url: named(answer.url),
          headers: namedHeaders(answer.headers),
          body: named(answer.body),
        };
      },
      streaming: (step: Parameters<typeof http.streaming>[0]) => {
        const fetch = http.streaming(step);
        return async (input: string | URL | Request, init?: RequestInit) => {
          const url = input instanceof Request ? input.url : String(input);
          const headers = [...new Headers(init?.headers)];
          sent.push({
            ...{ method: init?.method ?? "GET", url },
            text: JSON.stringify([headers, String(init?.body ?? "")]),
            certificate: init !== undefined && "certificate" in init &&
              init.certificate !== undefined,
          });
          const response = await fetch(real(url), init);
          return new Response(response.body, {
            status: response.status,
            headers: namedHeaders(response.headers),
          });
        };
      },
      close: () => http.close(),
    };
  }

  return {
    replacements: { createHttpClient },
    sent,
    at: (origin) => sent.filter(({ url }) => new URL(url).origin === origin),
  };
}
