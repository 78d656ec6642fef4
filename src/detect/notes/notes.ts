import type { Decided } from "../context.ts";
import { asItIsCheckedOut } from "./checkout.ts";
import { composeEnvFiles } from "./compose-env-files.ts";
import { advertisedInside, unpublished, unsetInCompose } from "./compose-services.ts";
import { containerHosts, containersInAlembic, containersWritten } from "./container-addresses.ts";
import { onlyForContainers } from "./container-variables.ts";
import { envNotes } from "./missing-env-files.ts";
import { otherEnvironments } from "./other-environments.ts";
import { containerTargets, followers, strayPorts } from "./proxies.ts";
import { recursion, severalTogether } from "./starters.ts";
import { seedNotes, taskNotes } from "./tasks.ts";
import { malformed, unread } from "./unread.ts";
import { unsetSettings } from "./unset-settings.ts";
import { notTaken } from "./untaken.ts";
import { unusedStacks } from "./unused-stacks.ts";
import { watchedBuilds } from "./watched-builds.ts";
import { workerNotes } from "./workers.ts";

/** Each says one kind of thing; what keeps a first start from working comes before what is only good to know. */
const RULES: readonly ((decided: Decided) => string[])[] = [
  asItIsCheckedOut,
  workerNotes,
  taskNotes,
  seedNotes,
  unpublished,
  advertisedInside,
  unsetInCompose,
  composeEnvFiles,
  unusedStacks,
  onlyForContainers,
  unsetSettings,
  containerHosts,
  containersInAlembic,
  containersWritten,
  strayPorts,
  recursion,
  severalTogether,
  notTaken,
  watchedBuilds,
  followers,
  containerTargets,
  otherEnvironments,
  malformed,
  envNotes,
  unread,
];

/** What is worth knowing and is in no key of the configuration. */
export const notesOf = (decided: Decided): string[] => RULES.flatMap((rule) => rule(decided));
