import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Contender, type Opened, compare, median } from "./harness.ts";
import type { Backend, Kind } from "./reload-apps.ts";
import { LOOK_MS, REST_MS, contender, plain, underDevpm } from "./reload-ways.ts";
import { untilAnswers } from "./stack.ts";

const REQUESTS = 200;
/** After a reload the next worker is made ready, which must not be measured with the requests. */
const SETTLE_MS = 2_000;

type Connections = "new" | "kept";

/** What a request takes: of the plain command, and of a worker that devpm has forked at a save. */
export async function reloadRequests(
  kind: Exclude<Kind, "heavy" | "django">,
  said: string,
  { quick }: { quick: boolean },
): Promise<void> {
  // Flask's server closes each connection after its answer
  const connections: Connections[] = kind === "flask" ? ["new"] : ["new", "kept"];
  for (const how of connections)
    await compare(
      {
        name: `reload-requests-${kind}${how === "kept" ? "-kept" : ""}`,
        measures: `A request to ${said}, ${how === "kept" ? "all on one connection" : "each on a new connection"}: the median of ${REQUESTS}, under devpm after a save`,
        unit: "ms",
        better: "lower",
        rounds: 20,
        quickRounds: 3,
        contenders: contenders(kind, how),
      },
      { quick },
    );
}

const contenders = (kind: Kind, how: Connections): Contender[] => [
  contender("plain command", kind, plain, (backend) => Promise.resolve(requests(backend, "first", how))),
  contender("devpm (warm)", kind, underDevpm("warm"), async (backend) => {
    await delay(REST_MS);
    backend.save("second");
    await untilAnswers(backend.url, "second", LOOK_MS);
    await delay(SETTLE_MS);
    return requests(backend, "second", how);
  }),
  // what it takes more than the plain command is the reading of its log; what warm takes more still is the fork's
  contender('devpm (reload: "restart")', kind, underDevpm("restart"), (backend) =>
    Promise.resolve(requests(backend, "first", how)),
  ),
];

const requests =
  ({ url }: Backend, word: string, how: Connections): Opened["sample"] =>
  async () => {
    const agent = how === "kept" ? new http.Agent({ keepAlive: true, maxSockets: 1 }) : false;
    try {
      // the one that opens the connection is none of the kept ones
      if (agent) await ask(url, agent, word);
      const taken: number[] = [];
      for (let count = 0; count < REQUESTS; count += 1) {
        const began = performance.now();
        const { reused } = await ask(url, agent, word);
        taken.push(performance.now() - began);
        if (reused !== (how === "kept")) throw new Error(`a connection was ${reused ? "kept" : "not kept"}`);
      }
      return median(taken);
    } finally {
      if (agent) agent.destroy();
    }
  };

function ask(url: string, agent: http.Agent | false, word: string): Promise<{ reused: boolean }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200 && body.includes(word)) resolve({ reused: request.reusedSocket });
        else reject(new Error(`${url} answered ${response.statusCode} ${body}`));
      });
    });
    request.once("error", reject);
  });
}
