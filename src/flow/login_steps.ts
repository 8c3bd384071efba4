/**
 * The steps of a login that follow the server's first answer: loaded while it is on its way.
 *
 * @module
 */

export { contactFrom } from "./first_contact.ts";
export { discover } from "./discovery.ts";
export { usableServer } from "./client_registration.ts";
export { establishSession } from "./session.ts";
export { sightOf } from "./sight.ts";
