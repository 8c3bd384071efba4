/**
 * Credentials at rest: one file per login, its secrets in the OS keyring where one answers.
 *
 * @module
 */

export * from "./stored_entry.ts";
export * from "./open_store.ts";
export * from "./store.ts";
