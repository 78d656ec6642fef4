import * as devpm from "../../src/index.ts";
import type { PublicApi } from "../../src/system/loader/loader.ts";

/** What a configuration imports as "devpm" where a test, not the built CLI, loads it. */
export const publicApi: PublicApi = {
  exports: devpm,
  url: new URL("../../src/index.ts", import.meta.url).href,
};
