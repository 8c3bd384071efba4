/**
 * The steps of a login that follow the server's first answer: loaded while it is on its way.
 *
 * @module
 */

export { contactFrom } from "../discovery/first_contact.ts";
export { discover } from "../discovery/discovery.ts";
export { usableServer } from "../client/client_registration.ts";
export { establishSession } from "./session.ts";
export { sightOf } from "../context/sight.ts";
