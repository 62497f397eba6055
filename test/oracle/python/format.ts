/** Python's formats of values in texts: `%`, `str.format` and f-strings. */
import { formatE } from "../../../runtime/base/python.ts";
import { isTuple, numberOf, repr, str, Unsupported } from "./values.ts";

/** `format(value, spec)`. */
export function formatValue(value: unknown, spec: string): string {
  if (spec === "") return str(value);
  const parts = /^(?:(.)?([<>^=]))?([-+ ])?(#)?(0)?(\d+)?(,)?(?:\.(\d+))?([a-zA-Z%])?$/.exec(spec);
  if (parts === null) throw new Unsupported(`the format ${spec}`);
  const [, fill = " ", align, sign = "-", , zero, width = "0", comma, precision, type] = parts;
  const body = bodyOf(value, type, precision === undefined ? null : Number(precision), comma !== undefined);
  const signed = typeof value !== "string" && sign !== "-" && !body.startsWith("-") ? sign + body : body;
  const missing = Math.max(0, Number(width) - signed.length);
  if (zero !== undefined && align === undefined) {
    const [, minus = "", digits = ""] = /^([-+ ]?)(.*)$/.exec(signed) ?? [];
    return minus + "0".repeat(missing) + digits;
  }
  const side = align ?? (typeof value === "string" ? "<" : ">");
  if (side === "<") return signed + fill.repeat(missing);
  if (side === "^") return fill.repeat(missing >> 1) + signed + fill.repeat(missing - (missing >> 1));
  return fill.repeat(missing) + signed;
}

function bodyOf(value: unknown, type: string | undefined, precision: number | null, comma: boolean): string {
  switch (type) {
    case undefined:
    case "s":
      if (precision !== null && typeof value !== "string") return general(numberOf(value), precision);
      return precision === null ? grouped(str(value), comma) : str(value).slice(0, precision);
    case "d":
    case "i":
      return grouped(String(BigInt(Math.trunc(numberOf(value)))), comma);
    case "f":
    case "F":
      return grouped(fixed(numberOf(value), precision ?? 6), comma);
    case "e":
    case "E":
      return formatE(numberOf(value), precision ?? 6);
    case "g":
    case "G":
      return general(numberOf(value), precision ?? 6);
    case "%":
      return `${fixed(numberOf(value) * 100, precision ?? 6)}%`;
    case "r":
      return repr(value);
    case "x":
      return numberOf(value).toString(16);
    case "b":
      return numberOf(value).toString(2);
    default:
      throw new Unsupported(`the format ${type}`);
  }
}

function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return repr(value).replace("Infinity", "inf").replace("NaN", "nan");
  return value.toFixed(digits);
}

function general(value: number, precision: number): string {
  if (!Number.isFinite(value)) return fixed(value, 0);
  const digits = Math.max(precision, 1);
  const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent < -4 || exponent >= digits) return formatE(value, digits - 1).replace(/\.?0+e/, "e");
  const text = value.toFixed(Math.max(0, digits - 1 - exponent));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function grouped(text: string, comma: boolean): string {
  return comma ? text.replace(/\B(?=(\d{3})+(?!\d))/g, ",") : text;
}

/** `template % values`. */
export function percentFormat(template: string, values: unknown): string {
  const queue = isTuple(values) ? [...values] : [values];
  return template.replace(
    /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([sdifgeErxX%])/g,
    (_, key, flags, width, precision, type) => {
      if (type === "%") return "%";
      const value = key === undefined ? queue.shift() : values instanceof Map ? values.get(key) : undefined;
      const text = bodyOf(value, String(type), precision === undefined ? null : Number(precision), false);
      const signed = String(flags).includes("+") && !text.startsWith("-") ? `+${text}` : text;
      const missing = Math.max(0, Number(width ?? 0) - signed.length);
      if (String(flags).includes("-")) return signed + " ".repeat(missing);
      return (String(flags).includes("0") && type !== "s" ? "0" : " ").repeat(missing) + signed;
    },
  );
}

/** `template.format(*args, **keywords)`. */
export function braceFormat(
  template: string,
  args: readonly unknown[],
  keywords: ReadonlyMap<string, unknown>,
  read: (value: unknown, path: string) => unknown,
): string {
  let next = 0;
  return template.replace(/\{\{|\}\}|\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\}/g, (whole, field, conversion, spec) => {
    if (whole === "{{" || whole === "}}") return String(whole).charAt(0);
    const [, head = "", path = ""] = /^(\w*)(.*)$/.exec(String(field ?? "")) ?? [];
    const base = head === "" ? args[next++] : /^\d+$/.test(head) ? args[Number(head)] : keywords.get(head);
    const value = path === "" ? base : read(base, path);
    return formatValue(conversion === "r" ? repr(value) : value, String(spec ?? ""));
  });
}
