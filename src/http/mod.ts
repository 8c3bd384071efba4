/**
 * The one door to the network: what leaves, where it may go, how long and how large an answer may
 * be, and the record of it.
 *
 * @module
 */

export { type AddressClass, addressClass } from "./address.ts";
export { createHttp } from "./client/create_http.ts";
export type { Http, HttpAnswer, HttpOptions, HttpRequest } from "./http.ts";
