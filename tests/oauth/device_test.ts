import assert from "node:assert/strict";
import { offersDevice } from "../../src/oauth/device.ts";

Deno.test("a sign-in by device code is possible where its endpoint is, unless grants are listed without it", () => {
  const deviceEndpoint = "https://as.example/device";
  const grant = "urn:ietf:params:oauth:grant-type:device_code";
  assert.equal(offersDevice({ deviceEndpoint }), true);
  assert.equal(offersDevice({ deviceEndpoint, grantTypes: ["authorization_code", grant] }), true);
  assert.equal(offersDevice({ deviceEndpoint, grantTypes: ["authorization_code"] }), false);
  assert.equal(offersDevice({ deviceEndpoint: undefined }), false);
});
