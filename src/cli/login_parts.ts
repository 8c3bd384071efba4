/**
 * What a login is made of: the rooms below, loaded together when a login begins.
 *
 * @module
 */

export { openHeadlessConsent } from "../consent/headless.ts";
export { openInteractiveConsent } from "../consent/interactive.ts";
export { login } from "../flow/login.ts";
export { createHttp } from "../http/mod.ts";
export { buildArtifact } from "../trace/artifact.ts";
export { describeEnvironment } from "../trace/environment.ts";
export { exchangeLine } from "../trace/exchange_line.ts";
export { openOutputFile } from "../trace/output_file.ts";
export { createRecorder } from "../trace/recorder.ts";
export { createSecrets } from "../trace/secrets.ts";
