import type { Store } from "../store.ts";

export function openPostgresStore(): Store {
  throw new TypeError("the PostgreSQL store is not complete yet");
}
