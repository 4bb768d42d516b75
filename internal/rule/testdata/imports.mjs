// Asks of each example on standard input whether what it imports is there: node imports.mjs FOLDER, with its node_modules.
// Without a folder only what is node's own is asked about.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const folder = process.argv[2] ? path.resolve(process.argv[2]) : "";
const require = createRequire(folder ? path.join(folder, "index.js") : import.meta.url);

async function load(name) {
  if (name.startsWith("node:")) return import(name);
  if (!folder) return null;
  let at;
  try {
    at = require.resolve(name);
  } catch (error) {
    if (error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
      // A package of modules only: its files are named by its own list.
      const parts = name.split("/");
      const base = name.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
      const list = JSON.parse(readFileSync(path.join(folder, "node_modules", base, "package.json"), "utf8"));
      let file = list.exports?.["." + name.slice(base.length)] ?? list.exports;
      while (file && typeof file === "object") file = file.import ?? file.default ?? file.node;
      if (!file) return null;
      at = path.join(folder, "node_modules", base, file);
    } else return null; // not installed
  }
  return import(pathToFileURL(at));
}

const answers = {};
for (const [name, code] of Object.entries(JSON.parse(readFileSync(0, "utf8"))).sort()) {
  const troubles = [];
  let asked = 0;
  for (const m of code.matchAll(/^import\s+(type\s+)?([^;]*?)\s+from\s+["']([^"'.][^"']*)["']/gms)) {
    if (m[1]) continue;
    let module;
    try {
      module = await load(m[3]);
    } catch (error) {
      troubles.push(`import of ${m[3]}: ${error.message}`);
      continue;
    }
    if (!module) continue;
    asked++;
    const list = /\{([^}]*)\}/s.exec(m[2]);
    for (const one of list ? list[1].split(",") : []) {
      const word = one.trim().split(/\s+as\s+/)[0];
      if (word && !word.startsWith("type ") && !(word in module) && !(module.default && word in module.default)) troubles.push(`${m[3]} has no ${word}`);
    }
  }
  answers[name] = { asked, troubles };
}
console.log(JSON.stringify(answers));
