import { expect, test } from "vitest";
import { htmlProblems, xmlProblems } from "../../../test/support/markup.ts";
import { DISPLAY_METHOD } from "./bundle.ts";
import { html, imageOf, md, svg } from "./markup.ts";

test.each([
  [html`<b>${"<script>"}</b>`, "<b>&#60;script&#62;</b>"],
  [html`<i title="${'"quoted" & more'}"></i>`, '<i title="&#34;quoted&#34; &#38; more"></i>'],
  [html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>`, "<ul><li>1</li><li>2</li></ul>"],
  [html`a${undefined}b${null}c${false}d`, "abcd"],
  [html`${0}`, "0"],
  [svg`<text>${"x < y"}</text>`, "<text>x &#60; y</text>"],
  [md`# ${"a < b"}, $\alpha$`, "# a < b, $\\alpha$"],
])("%s", (markup, expected) => {
  expect(markup.text).toBe(expected);
});

test("each kind is drawn under its own MIME type", () => {
  expect(html`<b></b>`[DISPLAY_METHOD]()).toEqual({ "text/html": "<b></b>", "text/plain": "<b></b>" });
  expect(svg`<svg/>`[DISPLAY_METHOD]()).toHaveProperty("image/svg+xml", "<svg/>");
  expect(md`*a*`[DISPLAY_METHOD]()).toHaveProperty("text/markdown", "*a*");
});

test("an SVG becomes an image with a description", () => {
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>µ</text></svg>';
  const image = imageOf(drawing, 'a "µ"').text;
  expect(htmlProblems(image)).toEqual([]);
  const [, data = ""] = /base64,([^"]+)"/.exec(image) ?? [];
  expect(Buffer.from(data, "base64").toString()).toBe(drawing);
  expect(xmlProblems(drawing)).toEqual([]);
});
