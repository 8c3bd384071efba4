/** `oauth login --begin`: prints the page to open and the handle, and ends. @module */

import { headlessRedirectUri } from "../../../../consent/redirect_url.ts";
import { commandText } from "../../../../core/command_text.ts";
import { usageFailure } from "../../../../core/failure.ts";
import { quoted } from "../../../../core/text.ts";
import { toBegunRecord } from "../../../../flow/login/begun_record.ts";
import type { LoginOutcome } from "../../../../flow/login/login.ts";
import { newHandle, pendingKeys, sealRecord } from "../../../../store/pending_logins.ts";
import { DEFAULT_ACCOUNT } from "../../../../store/stored_entry.ts";
import type { OutputFile } from "../../../../trace/output_file.ts";
import type { CommandSession } from "../../../shared/command_session.ts";
import { openStoreAs, storeMode } from "../../../shared/sign_in/store_options.ts";
import { storeTexts } from "../../../shared/sign_in/store_texts.ts";
import { documentText } from "../../../terminal/json_text.ts";
import type { LoginStore } from "../login_store.ts";
import type { LoginRun } from "../plan_login.ts";
import { loginFlagsOf, storeRegistration } from "../result/end_login.ts";
import { runLogin } from "../run_login.ts";
import { type BegunDocument, begunText } from "./begun_document.ts";

/** How long a person can take to sign in and to finish. */
const LIFETIME_MS = 10 * 60_000;

/** Nothing listens at the redirect URI: a person gives the address to `--finish`. */
function consentElsewhere(redirectUrl: string | undefined) {
  return {
    redirectUri: headlessRedirectUri(redirectUrl),
    obtain: () => Promise.reject(new RangeError("the login ends before the consent")),
    showOutcome() {},
    close: () => Promise.resolve(),
  };
}

interface Begin {
  readonly run: LoginRun;
  readonly session: CommandSession;
  readonly store: LoginStore;
  readonly handleFile: OutputFile | undefined;
}

async function storeBegun(begin: Begin, outcome: LoginOutcome): Promise<BegunDocument> {
  const { run, session: { secrets }, handleFile } = begin;
  const { invocation: { options, texts }, runtime } = run;
  const { begun, plan, reached = [] } = outcome;
  if (begun === undefined) throw new RangeError("the login has not begun");
  // The next login registers no other client.
  await storeRegistration(begin, outcome);
  const { account = DEFAULT_ACCOUNT, name } = options;
  const command = { account, name, texts: [...texts], loginFlags: await loginFlagsOf(run) };
  const presentsCertificate = reached.at(-1)?.presentsCertificate === true;
  const handle = newHandle();
  secrets.add(handle);
  const keys = await pendingKeys(handle, begun.authorization.state);
  const record = toBegunRecord(begun, plan, presentsCertificate, command);
  const store = await openStoreAs(storeMode(options), runtime, options);
  const pending = await store.pending();
  const expiresAt = await pending.put(keys.id, await sealRecord(record, keys), LIFETIME_MS);
  await handleFile?.write(`${handle}\n`);
  const { authorization, urlExpiresAt } = begun;
  const { clientId, issuer, redirectUri, resource, scopes } = authorization;
  const finish = {
    ...storeTexts(texts),
    finish: "-",
    handle: handleFile === undefined ? undefined : `@${handleFile.path}`,
  };
  const wait = { url: plan.serverUrl, account: options.account, ...storeTexts(texts) };
  return {
    completed: true,
    url: begun.url,
    expiresAt,
    ...(urlExpiresAt === undefined ? {} : { urlExpiresAt: new Date(urlExpiresAt).toISOString() }),
    ...(handleFile === undefined ? { handle } : { handleFile: handleFile.path }),
    redirectUrl: redirectUri,
    serverUrl: plan.serverUrl,
    account,
    issuer,
    clientId,
    scope: scopes?.join(" ") ?? null,
    resource,
    finish: commandText("login", finish),
    wait: commandText("oauth wait", wait),
    findings: outcome.result.findings,
  };
}

async function endBegun(begin: Begin, outcome: LoginOutcome): Promise<number> {
  const { run: { format, runtime: { io } }, session } = begin;
  const document = await storeBegun(begin, outcome);
  session.progress.finish();
  const { failure } = await session.writeArtifact({ document });
  if (failure !== undefined) throw failure;
  io.out(
    format === "json"
      ? documentText(document)
      : begunText(document, session.view(io.stdoutIsTerminal)),
    true,
  );
  return 0;
}

/** Another login may need the handle in the file, which is stored nowhere else. */
async function refuseExisting(path: string): Promise<void> {
  const { size } = await Deno.lstat(path).catch(() => ({ size: 0 }));
  if (size === 0) return;
  throw usageFailure(
    "unwritable_output",
    `--handle-out: ${quoted(path, 4096)} exists, and may have the handle of a pending login`,
    "Choose another file, or remove this one if its login has ended (a login ends after 10 minutes)",
  );
}

/** Returns the exit status. */
export async function beginLogin(run: LoginRun): Promise<number> {
  const { invocation: { options: { handleOut } }, runtime } = run;
  if (handleOut !== undefined) await refuseExisting(handleOut);
  const handleFile = handleOut === undefined
    ? undefined
    : await (await runtime.load(() => import("../../../../trace/output_file.ts")))
      .openOutputFile(handleOut);
  return await runLogin({
    ...run,
    background: {
      openConsent: (redirectUrl) => Promise.resolve(consentElsewhere(redirectUrl)),
      deps: () => Promise.resolve({ begins: true }),
      endBegun: (session, store, outcome) => endBegun({ run, session, store, handleFile }, outcome),
    },
  });
}
