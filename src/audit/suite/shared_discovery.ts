/**
 * Sends the requests of the discovery once for all flows of a server: another flow gets the same
 * responses, and their exchanges as its own. @module
 */

import { unlessAborted } from "../../core/abort.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import type { Recorder } from "../../trace/recorder.ts";
import type { AuditDeps } from "../run/audit_server.ts";

interface Answer {
  readonly response: HttpResponse;
  /** With the redirects before it. */
  readonly exchanges: readonly Exchange[];
}

export interface FlowClient {
  readonly http: HttpClient;
  readonly recorder: Pick<Recorder, "emit" | "exchanges">;
  readonly signal: AbortSignal;
  nextExchange(): number;
}

type Share = (server: string, flow: FlowClient) => NonNullable<AuditDeps["discovery"]>;

function answerOf(response: HttpResponse, { recorder }: FlowClient): Answer {
  const all = recorder.exchanges();
  const exchanges: Exchange[] = [];
  for (let id: number | null = response.exchangeId; id !== null;) {
    const exchange: Exchange | undefined = all.find((it) => it.id === id);
    if (exchange !== undefined) exchanges.unshift(exchange);
    id = exchange?.redirectOf ?? null;
  }
  return { response, exchanges };
}

/** @returns A function that gets the server with the header fields that are sent to it. */
export function createSharedDiscovery(): Share {
  const servers = new Map<string, Map<string, Promise<Answer>>>();
  return (server, flow) => {
    const answers = servers.get(server) ?? new Map<string, Promise<Answer>>();
    servers.set(server, answers);
    const counts = new Map<string, number>();
    let reused = 0;

    /** The exchanges get numbers of this flow. */
    function reuse({ response, exchanges }: Answer): HttpResponse {
      const ids = new Map(exchanges.map(({ id }) => [id, flow.nextExchange()]));
      const idOf = (id: number) => ids.get(id) ?? id;
      for (const exchange of exchanges) {
        const { redirectOf } = exchange;
        const before = redirectOf === null ? null : idOf(redirectOf);
        const copy = { ...exchange, id: idOf(exchange.id), redirectOf: before };
        flow.recorder.emit({ type: "exchange", exchange: copy });
      }
      reused += exchanges.length;
      return { ...response, exchangeId: idOf(response.exchangeId) };
    }

    const send: HttpClient["send"] = async (request) => {
      const { method, url, headers, body, purpose } = request;
      const text = JSON.stringify([purpose, method, url, headers, body]);
      const count = counts.get(text) ?? 0;
      counts.set(text, count + 1);
      const key = `${text} ${count}`;
      const earlier = answers.get(key);
      if (earlier !== undefined) {
        const answer = await unlessAborted(earlier, flow.signal).catch(() => undefined);
        if (answer !== undefined) return reuse(answer);
      }
      const own = flow.http.send(request).then((response) => answerOf(response, flow));
      answers.set(key, own);
      try {
        return (await own).response;
      } catch (error) {
        // Another flow tries again.
        if (answers.get(key) === own) answers.delete(key);
        throw error;
      }
    };
    return { http: { ...flow.http, send }, reused: () => reused };
  };
}
