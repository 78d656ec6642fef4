// A file of its own: code that runs from kept bytecode, as the bundled command line does, cannot `import()` on Node 20 once
// the bytecode is used, and gets a warning on the user's screen before. (tsx's own `require` of this part is broken.)
"use strict";

exports.importTsx = () => import("tsx/esm/api");
