import type { JsonObject } from "../../../core/json.ts";
import type { AuditClient, AuditClients } from "../../context/clients.ts";
import { CheckEnd } from "../../context/end_check.ts";

/** A client that asks for bound tokens; where none can be registered, the first one. */
export async function boundClient(
  clients: AuditClients,
  members: JsonObject,
): Promise<AuditClient> {
  try {
    const { client } = await clients.register(members);
    if (client !== undefined) return client;
  } catch (error) {
    if (!(error instanceof CheckEnd) || error.outcome.kind !== "skipped") throw error;
  }
  return await clients.first();
}
