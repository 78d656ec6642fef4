// Loaded into an engine by bench/scale.bench.ts. At SIGUSR2 it takes the rate of its clock from `rate` of the folder HELD, and
// writes what it holds into `counts` there, after V8 has collected what nothing holds.
import { EventEmitter } from "node:events";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import timers from "node:timers/promises";
import { queryObjects } from "node:v8";

const folder = process.env["HELD"];
const { setTimeout: realTimeout, performance } = globalThis;
const realDelay = timers.setTimeout;
const realNow = performance.now.bind(performance);
const RealDate = Date;

let rate = 1;
/** Where the rate changed: the real and the engine's milliseconds. */
let since = { real: realNow(), own: realNow() };
const now = () => since.own + (realNow() - since.real) * rate;
const epoch = RealDate.now() - realNow();

performance.now = now;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [epoch + now()]));
  }
  static now() {
    return Math.round(epoch + now());
  }
};
globalThis.setTimeout = Object.assign(
  (callback, ms, ...rest) => realTimeout(callback, (ms ?? 0) / rate, ...rest),
  realTimeout,
);
timers.setTimeout = (ms, ...rest) => realDelay((ms ?? 0) / rate, ...rest);

/** What Node keeps for each function that listens to a signal, and for each timer. */
const target = new EventTarget();
target.addEventListener("x", () => {});
const events = target[Object.getOwnPropertySymbols(target).find(({ description }) => description === "kEvents")];
const Listener = events.get("x").next.constructor;
const Timeout = clearTimeoutOf(realTimeout(() => {}, 1)).constructor;

function clearTimeoutOf(timer) {
  clearTimeout(timer);
  return timer;
}

process.on("SIGUSR2", () => {
  const file = `${folder}/rate`;
  const next = existsSync(file) ? Number(readFileSync(file, "latin1")) : 1;
  since = { real: realNow(), own: now() };
  rate = next;
  const counts = {
    hours: Math.round(now() / 360_000) / 10,
    timers: queryObjects(Timeout),
    listeners: queryObjects(Listener),
    emitters: queryObjects(EventEmitter),
    promises: queryObjects(Promise),
  };
  writeFileSync(`${folder}/counts.part`, JSON.stringify(counts));
  renameSync(`${folder}/counts.part`, `${folder}/counts`);
});
