import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { flagGroup } from "../../command/flag.ts";
import { STORE_FLAGS } from "../../shared/sign_in/store_options.ts";

/** The flags of a command that works on the database alone. */
export const DATABASE_FLAGS = {
  ...flagGroup("Database:", { storeUrlFile: STORE_FLAGS.storeUrlFile }),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...RESULT_FLAGS,
};
