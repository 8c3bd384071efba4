/**
 * The steps of a login that follow the server's first answer: loaded while it is on its way.
 *
 * @module
 */

export { describeUnauthenticated } from "../discovery/unauthenticated_response.ts";
export { discover } from "../discovery/discover.ts";
export { usableServer } from "../client/client_registration.ts";
export { establishSession } from "./establish_session.ts";
export { discoveredServer } from "./discovered_server.ts";
