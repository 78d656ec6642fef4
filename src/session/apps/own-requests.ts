import type { AnsweredRequest } from "../../model/traced-request.ts";
import type { Clock } from "../../system/clock.ts";
import type { Network } from "../../system/network.ts";

/** The network as a probe of an app uses it: each request that the app answered is noted as devpm's own. */
export function notingRequests(network: Network, clock: Clock, note: (requests: AnsweredRequest[]) => void): Network {
  return {
    ...network,
    async status(port, path, how) {
      const began = clock.now().getTime();
      const since = clock.monotonic();
      const statuses = await network.statuses(port, path, how);
      const ms = Math.round(clock.monotonic() - since);
      const own = { method: "GET", path, route: null, began, ms, isOwn: true as const };
      if (statuses.length > 0) note(statuses.map((status) => ({ ...own, status })));
      return statuses[0] ?? null;
    },
  };
}
