/** Checks of what we write for others to draw: that it is well-formed, and that it survives sanitizers and both themes. */

const XML_TAG = /<(\/?)([a-zA-Z][\w:-]*)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g;
const HTML_TAG = /<(\/?)([a-zA-Z][\w-]*)(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*(\/?)>/g;
const VOID = new Set(["br", "hr", "img", "input", "meta", "col"]);

/** Why `text` is not well-formed XML with one root; empty when it is. */
export function xmlProblems(text: string): string[] {
  const problems = nesting(text, XML_TAG, new Set());
  if (!/^(<\?xml[^>]*>\s*)?<[a-zA-Z]/.test(text)) problems.push(`starts with ${text.slice(0, 20)}`);
  for (const [bare] of text.matchAll(/&(?!#?\w+;)\S{0,10}/g)) problems.push(`bare ampersand: ${bare}`);
  return problems;
}

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/<(script|style|svg|link|iframe)\b/, "element that sanitizers remove"],
  [/\s(class|id|on\w+)="/, "attribute that sanitizers remove or that depends on a page"],
  [/var\(|currentColor|hsl\(/, "colour that sanitizers remove"],
  [/[;"]\s*color:/, "text colour: unreadable in one of the themes"],
  [/background(-color)?:(?!none|transparent|rgba\(|linear-gradient\()/, "opaque background"],
  [/<img(?![^>]*\salt="[^"]+")/, "image without alt"],
  [/(href|src)="(?!https:|#|data:image\/)/, "address that is removed or that a static page lacks"],
];

/** What in a piece of static HTML would break somewhere: nesting, scripts, styles by class, colours of one theme. */
export function htmlProblems(text: string): string[] {
  const problems = nesting(text, HTML_TAG, VOID);
  for (const [pattern, why] of FORBIDDEN) {
    const found = pattern.exec(text);
    if (found !== null) problems.push(`${why}: ${text.slice(found.index, found.index + 60)}`);
  }
  return problems;
}

function nesting(text: string, tags: RegExp, voids: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  for (const [tag, close, name = "", selfClosed] of text.matchAll(tags)) {
    if (selfClosed === "/" || voids.has(name)) continue;
    if (close === "") open.push(name);
    else if (open.pop() !== name) problems.push(`${tag} closes what is not open`);
  }
  if (open.length > 0) problems.push(`never closed: ${open.join(" ")}`);
  const stray = /[<>]/.exec(text.replace(tags, "").replace(/^<\?xml[^>]*>/, ""));
  if (stray !== null) problems.push(`a bare ${stray[0]}`);
  return problems;
}
