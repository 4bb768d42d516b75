// Made by "fermata testgen" for the tests in this folder: libraries that reach outside, or that are not installed, are
// replaced by names that record what they are asked.

import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { NAMES, PROJECT } from "./fermata-project.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUTSIDE = [
  "openai", "@anthropic-ai/sdk", "groq-sdk", "ollama", "@mistralai/mistralai", "together-ai", "axios", "got", "node-fetch", "undici", "stripe",
  "pg", "mysql2", "mongodb", "redis", "ioredis", "nodemailer", "twilio", "@slack/web-api", "puppeteer", "playwright",
];
const MARK = "\0fermata:";

const installed = (id, importer) => {
  try {
    createRequire(importer).resolve(id);
    return true;
  } catch (error) {
    return error?.code === "ERR_PACKAGE_PATH_NOT_EXPORTED"; // it is there, for import alone
  }
};

const fakes = {
  name: "fermata",
  enforce: "pre",
  resolveId(id, importer) {
    if (!importer || id.startsWith("\0") || /^[./]|^[a-z]+:|^[A-Za-z]:/.test(id) || isBuiltin(id) || importer.includes("node_modules")) return null;
    const outside = OUTSIDE.some((o) => id === o || id.startsWith(`${o}/`));
    return outside || NAMES[id] && !installed(id, importer.split("?")[0]) ? MARK + id : null;
  },
  load(id) {
    if (!id.startsWith(MARK)) return null;
    const module = id.slice(MARK.length);
    const names = (NAMES[module] ?? []).filter((n) => n !== "default" && /^[A-Za-z_$][\w$]*$/.test(n));
    return [
      `import { part } from ${JSON.stringify(path.join(HERE, "fermata-fakes.mjs"))};`,
      `export default part(${JSON.stringify(`${module}.default`)});`,
      ...names.map((n) => `export const ${n} = part(${JSON.stringify(`${module}.${n}`)});`),
    ].join("\n");
  },
};

export default {
  root: HERE,
  cacheDir: path.join(HERE, ".vite"),
  plugins: [fakes],
  resolve: { alias: { "@": path.join(PROJECT, "src") } },
  server: { fs: { strict: false } },
  test: { globals: true, include: ["fermata_*.test.mjs"], environment: "node", testTimeout: 60_000, maxConcurrency: 1 },
};
