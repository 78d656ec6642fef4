import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme } from "./settings.ts";
import { connect } from "./store.ts";

applyTheme();
render(<App />, document.getElementById("page")!);
connect();
