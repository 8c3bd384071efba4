/** The part of the library `pg` that the store uses; the library has no types of its own. @module */

// @ts-types="./pg_client.d.ts"
export { default as Client } from "pg/lib/client.js";
