import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConnectionFile } from "./connection.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "theanotes-connection-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ports = { shell_port: 5001, control_port: 5002, iopub_port: 5003, stdin_port: 5004, hb_port: 5005 };

function read(content: string) {
  const path = join(folder, "connection.json");
  writeFileSync(path, content);
  return readConnectionFile(path);
}

describe("a connection file", () => {
  it("tells where to listen and what to sign with", () => {
    const fields = { ...ports, ip: "127.0.0.2", key: "secret", signature_scheme: "hmac-sha512" };
    const { addresses, key, hash } = read(JSON.stringify(fields));
    expect(addresses.control).toBe("tcp://127.0.0.2:5002");
    expect({ key, hash }).toEqual({ key: "secret", hash: "sha512" });
  });

  it("names Unix sockets by their number", () => {
    const { addresses } = read(JSON.stringify({ ...ports, transport: "ipc", ip: "/run/kernel" }));
    expect(addresses.hb).toBe("ipc:///run/kernel-5005");
  });

  it.each([
    ["", /Cannot read .*connection\.json: /],
    ["[]", /"shell_port" must be a whole number/],
    ["3", /holds no JSON object/],
    [JSON.stringify({ ...ports, hb_port: 65_536 }), /"hb_port" must be a whole number from 1 to 65535, not 65536/],
    [JSON.stringify({ ...ports, key: 7 }), /"key" must be a string, not 7/],
    [JSON.stringify({ ...ports, signature_scheme: "hmac-none" }), /"signature_scheme" must be .* not "hmac-none"/],
  ])("that is not usable is refused: %s", (content, message) => {
    expect(() => read(content)).toThrow(message);
  });
});
