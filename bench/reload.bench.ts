import { setTimeout as delay } from "node:timers/promises";
import { type Contender, compare } from "./harness.ts";
import type { Kind } from "./reload-apps.ts";
import { reloadMemory } from "./reload-memory.ts";
import { reloadRequests } from "./reload-requests.ts";
import { reloadStart } from "./reload-start.ts";
import {
  DEFAULTS,
  LOOK_MS,
  OWN_RELOADERS,
  REST_MS,
  TUNED,
  type Way,
  contender,
  nodemon,
  ownReloader,
  pm2,
  underDevpm,
} from "./reload-ways.ts";
import { untilAnswers } from "./stack.ts";

/** From a save to the first answer of the new code; what is refused or broken off until then is counted. */
const saved = (name: string, kind: Kind, begin: Way): Contender =>
  contender(name, kind, begin, (backend) =>
    Promise.resolve(async (round: number) => {
      await delay(REST_MS);
      const word = `word${round + 100}`;
      const began = performance.now();
      backend.save(word);
      const also = await untilAnswers(backend.url, word, LOOK_MS);
      return { value: performance.now() - began, also };
    }),
  );

const ways = (kind: Kind): Contender[] => [
  saved(OWN_RELOADERS[kind], kind, ownReloader),
  saved("devpm (warm)", kind, underDevpm("warm")),
  saved('devpm (reload: "restart")', kind, underDevpm("restart")),
];

/** They say nothing about a change of devpm's, and a save that one of them misses would end the run. */
const others = (kind: Kind): Contender[] => [
  saved("pm2 --watch, defaults", kind, pm2(DEFAULTS)),
  saved("pm2 --watch, tuned", kind, pm2(TUNED)),
  saved("nodemon", kind, nodemon),
];

const said: Record<Kind, string> = {
  flask: "a trivial Flask app",
  fastapi: "a trivial FastAPI app on uvicorn",
  django: "a small Django project",
  heavy: "a Flask app that imports pandas, SQLAlchemy and pydantic",
};

export default async function reload({ quick }: { quick: boolean }): Promise<void> {
  for (const kind of ["flask", "fastapi", "django", "heavy"] as const) {
    const twin = kind === "heavy" ? [saved("devpm (warm), its trivial twin", "flask", underDevpm("warm"))] : [];
    await compare(
      {
        name: `reload-${kind}`,
        measures: `Save to the first answer of the new code, ${said[kind]}`,
        unit: "ms",
        better: "lower",
        rounds: 20,
        quickRounds: 3,
        contenders: [...ways(kind), ...(quick ? [] : others(kind)), ...twin],
      },
      { quick },
    );
    await reloadStart(kind, said[kind], { quick });
    await reloadMemory(kind, said[kind], { quick });
    if (kind !== "heavy" && kind !== "django") await reloadRequests(kind, said[kind], { quick });
  }
}
