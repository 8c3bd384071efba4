/** The response to a stateless request shows that the server has only the `initialize` era. */
export class OlderServer extends Error {
  override readonly name = "OlderServer";
}
