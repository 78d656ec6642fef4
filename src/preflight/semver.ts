/** Loaded where a range of versions is to be read: few projects name one, and it is on the way of a start. */
export { default as minVersion } from "semver/ranges/min-version.js";
export { default as satisfies } from "semver/functions/satisfies.js";
