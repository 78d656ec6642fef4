import path from "node:path";

/** This file is two folders below the package's in src and in dist; so is what it is bundled into, dist/lib. */
const PACKAGE = path.join(import.meta.dirname, "../..");

/** A file of the built devpm, by its path in dist: the same one whether this runs from src (tests) or is built. */
export const builtFile = (name: string): string => path.join(PACKAGE, "dist", name);

/** The pages that come with devpm. */
export const docsFolder = path.join(PACKAGE, "docs");
