/** Vega-Lite charts: recognising a specification, and drawing it as SVG for readers that know no Vega. */
import type { Loader } from "vega";
import type { Config, TopLevelSpec } from "vega-lite";

/** The newest major version for which JupyterLab has a renderer; newer specifications are sent under it. */
const NEWEST_RENDERED = 5;
const SCHEMA = /\/vega-lite\/v(\d+)(?:[.\d]*)\.json$/;

/** The schema that our own specifications name. */
export const VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** The colour of a chart's texts: as far from white as from the black of JupyterLab's dark theme. */
export const GREY = "#7a7a7a";
const LINE = "rgba(128,128,128,0.3)";

/**
 * Grey on nothing, so that a chart reads on white and on black. SVG twins need it, and charts in front ends too: JupyterLab
 * gives them the colours of the theme in which they are drawn, and leaves them so when the user changes the theme.
 */
export const NEUTRAL_CONFIG: Config = {
  background: "transparent",
  view: { stroke: null },
  title: { color: GREY, subtitleColor: GREY },
  axis: {
    labelColor: GREY,
    titleColor: GREY,
    gridColor: LINE,
    tickColor: LINE,
    domainColor: LINE,
  },
  legend: { labelColor: GREY, titleColor: GREY },
  header: { labelColor: GREY, titleColor: GREY },
  text: { color: GREY },
};

/** Whether `value` is a Vega-Lite specification: an object that names its schema. */
export function isVegaLite(value: unknown): value is TopLevelSpec & { readonly $schema: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "$schema" in value &&
    typeof value.$schema === "string" &&
    SCHEMA.test(value.$schema)
  );
}

/** `application/vnd.vegalite.v5+json`, of the version that the specification names where front ends can draw it. */
export function vegaLiteMime(schema: string): string {
  const version = Math.min(Number(SCHEMA.exec(schema)?.[1] ?? NEWEST_RENDERED), NEWEST_RENDERED);
  return `application/vnd.vegalite.v${version}+json`;
}

/**
 * Draws a specification as SVG text. The libraries are loaded by the first chart, since few sessions draw one.
 * @throws Error when the specification cannot be drawn; the message is Vega's.
 */
export async function drawVegaLite(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const problems: string[] = [];
  // Warnings are for the author of a chart, who sees them in the front end; data that is missing makes it wrong.
  const logger = vega.logger(vega.Error, "error", (_method, _level, input) => problems.push(input.join(" ")));
  const files = vega.loader();
  const load: Loader["load"] = async (uri, options) => {
    try {
      return await files.load(uri, options);
    } catch (error) {
      problems.push(`${uri} could not be loaded: ${error}`);
      throw error;
    }
  };
  const compiled = vegaLite.compile(spec, { config: NEUTRAL_CONFIG, logger });
  const loader = { ...files, load };
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none", logger, loader });
  try {
    const drawing = await view.toSVG();
    const [problem] = problems;
    if (problem !== undefined) throw new Error(problem);
    return drawing;
  } finally {
    view.finalize();
  }
}
