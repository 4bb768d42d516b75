// What the tests made by "fermata testgen" bring along: a model that says what a test wants, and an outside that is not
// there. Nothing here reaches a network, starts a program or writes a file: what the code under test tries is recorded
// and refused.

import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire, syncBuiltinESMExports } from "node:module";
import os from "node:os";
import path from "node:path";
import util from "node:util";

const require = createRequire(import.meta.url);

export const CANARY = "fermata-canary-7f3a";
export const SECRET = "sk-fermata-0123456789abcdef0123456789abcdef";
const MOST_ROUNDS = 60; // a loop that asks more often does not end by itself
const MOST_MILLISECONDS = 10_000; // of real time that one call of the code under test may take
const MODELS = ["openai", "@anthropic-ai/sdk", "groq-sdk", "ollama", "@mistralai/mistralai", "together-ai"];
const ASKING = new Set(["create", "parse", "complete", "chat", "generate"]);
const never = new Promise(() => {});

// The world of the test that runs. Modules are loaded anew for each test, this one among them, so it is kept outside.
const now = (globalThis.fermataNow ??= { world: null });

// What a call of the code under test starts belongs to its world, however late it runs.
const calls = (globalThis.fermataCalls ??= new AsyncLocalStorage());
const watched = () => calls.getStore() ?? (now.world?.acting ? now.world : null);

// Functions of node:fs that only read what there is, or work on a file that is open: none is opened. All others are refused.
const READING = /^(access|exists|stat|lstat|statfs|realpath|readdir|opendir|readlink|glob|read|readv|write|writev|close|f(chmod|chown|datasync|stat|sync|truncate|utimes)|watch|watchFile|unwatchFile)(Sync)?$/;

const fileName = (value) => (value instanceof URL ? value.pathname : value instanceof Uint8Array ? Buffer.from(value).toString() : String(value));

/** Stand before what reaches outside, once for all worlds: it stays, so that what runs late is refused, too. */
function guard() {
  if (globalThis.fermataGuarded) return;
  globalThis.fermataGuarded = true;
  const stand = (object, name, refuse) => {
    const real = object[name];
    const before = Object.getOwnPropertyDescriptor(object, name);
    const value = function (...args) {
      const world = watched();
      return world ? refuse(world, args, () => real.apply(this, args)) : real.apply(this, args);
    };
    try {
      Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
    } catch {
      // it cannot be replaced, and is not watched
    }
  };
  stand(globalThis, "fetch", (world, [input, init]) => world.outside("network", String(input?.url ?? input), [input, init], Boolean(init?.signal ?? input?.signal)));
  const processes = require("node:child_process");
  for (const name of ["exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync", "fork"]) {
    stand(processes, name, (world, args) => {
      const options = args.find((a, i) => i > 0 && a && typeof a === "object" && !Array.isArray(a)) ?? {};
      world.note(name.startsWith("exec") && !name.includes("File") || options.shell ? "shell" : "program", [args[0], ...(Array.isArray(args[1]) ? args[1] : [])].join(" "), args);
      world.waits(String(args[0]), options.timeout !== undefined || options.signal !== undefined);
      throw new Error(world.failure || "no program is started in a test");
    });
  }
  for (const module of ["node:http", "node:https"]) {
    for (const name of ["request", "get"]) {
      stand(require(module), name, (world, args) => {
        world.note("network", show(args[0]), args);
        throw new Error(world.failure || "there is no network in a test");
      });
    }
  }
  stand(require("node:net").Socket.prototype, "connect", (world, args) => {
    world.note("network", show(args[0]), args);
    throw new Error("there is no network in a test");
  });
  const fs = require("node:fs");
  const here = path.join(os.tmpdir(), "fermata");
  const inside = (name) => {
    const full = path.resolve(fileName(name));
    return full.startsWith(process.cwd() + path.sep) || full.startsWith(here);
  };
  const pair = /^(rename|copyFile|cp|link)(Sync)?$/;
  for (const object of [fs, fs.promises]) {
    for (const name of Object.keys(object)) {
      if (typeof object[name] !== "function" || !/^[a-z]/.test(name) || READING.test(name)) continue;
      stand(object, name, (world, args, real) => {
        if (typeof args[0] === "number") return real();
        const both = pair.test(name) && args[1] !== undefined ? [args[0], args[1]] : [/^symlink/.test(name) ? args[1] : args[0]];
        world.note(both.every(inside) ? "read" : "file", path.resolve(fileName(both.at(-1))), [name, ...both.map(fileName)]);
        const error = Object.assign(new Error(`ENOENT: only what a test brings is there, ${name} '${both.map(fileName).join("', '")}'`), { code: "ENOENT" });
        const back = args.at(-1);
        if (typeof back === "function") return void back(error);
        if (object === fs.promises) return Promise.reject(error);
        throw error;
      });
    }
  }
  syncBuiltinESMExports();
}

const show = (value) => util.inspect(value, { depth: 6, breakLength: Infinity, maxStringLength: 2000 });

/** A name of a library that is not there. It takes everything, records what it is asked, and means nothing. */
export function part(name, made = {}) {
  const parts = new Map();
  return new Proxy(function () {}, {
    get(_, key) {
      if (key === "then" || key === Symbol.toPrimitive || key === "toString") {
        return key === "then" ? undefined : () => name;
      }
      if (key === Symbol.iterator) return function* () {};
      if (key === Symbol.asyncIterator) return async function* () {};
      if (key === "prototype") return Object.prototype;
      if (typeof key === "symbol") return undefined;
      if (/(Error|Exception)$/.test(key)) return Error;
      if (!parts.has(key)) parts.set(key, part(`${name}.${key}`, made));
      return parts.get(key);
    },
    set(_, key, value) {
      parts.set(key, value);
      return true;
    },
    construct(_, args) {
      return part(`${name}()`, { ...made, ...plain(args[0]) });
    },
    apply(_, __, args) {
      const last = name.slice(name.lastIndexOf(".") + 1);
      if (MODELS.some((m) => name.startsWith(m)) && ASKING.has(last)) {
        const kind = name.includes(".messages.") ? "messages" : name.includes(".responses.") ? "responses" : name.startsWith("ollama") ? "ollama" : "chat";
        return now.world.model.ask(kind, args[0] ?? {}, { ...made, ...plain(args[0]), ...plain(args[1]) });
      }
      if (args.length === 1 && args[0] && typeof args[0] === "object" && tool(args[0])) return args[0];
      if (name.includes("()") && now.world?.acting) now.world.note("call", name, args);
      return part(`${name}()`, made);
    },
  });
}

const plain = (value) => (value && typeof value === "object" ? value : {});
const tool = (value) => ["execute", "handler", "func", "run"].some((k) => typeof value[k] === "function");

/** Stands for the language model: says what the test wants and keeps what it was asked. */
class Model {
  requests = [];
  ranAway = false;
  hung = false;
  hanging = false;
  script = () => "done";

  says(text) {
    this.script = () => text;
  }

  always(name, given) {
    this.script = () => [name, given];
  }

  once(name, given) {
    const start = this.requests.length;
    this.script = (n) => (n === start + 1 ? [name, given] : "done");
  }

  hangs() {
    this.hanging = true;
  }

  async ask(kind, request, settings) {
    this.requests.push(JSON.parse(JSON.stringify(request)));
    if (this.hanging) {
      if (settings.timeout === undefined && !settings.signal) {
        this.hung = true;
        now.world.stop("the model never answers, and the call has no end");
        return never;
      }
      throw new Error("timed out");
    }
    if (this.requests.length > MOST_ROUNDS) {
      this.ranAway = true;
      now.world.stop(`the model was asked more than ${MOST_ROUNDS} times`);
      return never;
    }
    return answer(kind, this.script(this.requests.length), this.requests.length);
  }

  texts(since = 0) {
    const out = [];
    for (const request of this.requests.slice(since)) {
      for (const key of ["system", "instructions"]) if (request[key]) out.push(["system", show(request[key])]);
      const said = request.messages ?? request.input ?? request.prompt ?? [];
      for (const message of Array.isArray(said) ? said : [said]) {
        out.push([typeof message === "string" ? "user" : (message.role ?? ""), typeof message === "string" ? message : JSON.stringify(message)]);
      }
    }
    return out;
  }

  saw(text, since = 0) {
    return this.texts(since).some(([, told]) => told.includes(text));
  }

  wasInstructed(text) {
    return this.texts().some(([role, told]) => (role === "system" || role === "developer") && told.includes(text));
  }
}

function answer(kind, said, number) {
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, input_tokens: 1, output_tokens: 1 };
  const id = `call_${number}`;
  if (typeof said === "string") {
    if (kind === "messages") return { id: "m", role: "assistant", content: [{ type: "text", text: said }], stop_reason: "end_turn", usage };
    if (kind === "responses") {
      return { id: "r", output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: said }] }], output_text: said, usage };
    }
    const message = { role: "assistant", content: said };
    return kind === "ollama" ? { message, done: true } : { id: "c", choices: [{ index: 0, message, finish_reason: "stop" }], usage };
  }
  const [name, given] = said;
  const text = typeof given === "string" ? given : JSON.stringify(given);
  if (kind === "messages") return { id: "m", role: "assistant", content: [{ type: "tool_use", id, name, input: given }], stop_reason: "tool_use", usage };
  if (kind === "responses") return { id: "r", output: [{ type: "function_call", id, call_id: id, name, arguments: text }], output_text: "", usage };
  const message = {
    role: "assistant", content: null,
    tool_calls: [{ id, type: "function", function: { name, arguments: kind === "ollama" ? given : text } }],
  };
  return kind === "ollama" ? { message, done: true } : { id: "c", choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage };
}

/** What one test sees: the model, the outside, the person who is asked. */
export class World {
  model = new Model();
  events = [];
  page = "an ordinary page";
  consents = true;
  acting = false;
  failure = "";
  hanging = false;
  hung = [];
  bounded = 0;
  consulted = 0;
  given = 0;
  raised = null;
  log = "";
  undo = [];

  constructor(skip, settings) {
    now.world = this;
    this.skip = skip;
    for (const name of settings) {
      const before = process.env[name];
      process.env[name] = valueOf(name);
      this.undo.push(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
    }
    this.replaceOutside();
  }

  replace(object, name, value) {
    const before = Object.getOwnPropertyDescriptor(object, name);
    try {
      Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
      this.undo.push(() => (before ? Object.defineProperty(object, name, before) : delete object[name]));
    } catch {
      // it cannot be replaced, and is not watched
    }
  }

  replaceOutside() {
    const self = this;
    guard();
    for (const name of ["log", "info", "warn", "error", "debug"]) {
      this.replace(console, name, (...words) => (self.log += `${util.format(...words)}\n`));
    }
    for (const module of ["node:readline", "node:readline/promises"]) {
      const readline = require(module);
      this.replace(readline, "createInterface", () => ({
        question: (_, ...more) => {
          self.consulted++;
          const said = self.consents ? "y" : "n";
          const back = more.at(-1);
          return typeof back === "function" ? back(said) : Promise.resolve(said);
        },
        close() {}, on() {}, once() {},
      }));
    }
    syncBuiltinESMExports();
  }

  end() {
    for (const back of this.undo.reverse()) back();
    syncBuiltinESMExports();
    now.world = null;
  }

  note(kind, name, args) {
    this.events.push({ kind, name, args, text: `${name} ${show(args)}` });
  }

  async outside(kind, name, args, bounded) {
    this.note(kind, name, args);
    if (this.hanging) {
      if (!bounded) {
        this.hung.push(name);
        this.stop(`${name} never answers, and the call has no end`);
        return never;
      }
      this.bounded++;
      throw new Error("timed out");
    }
    if (this.failure) throw new Error(this.failure);
    return new Response(this.page, { status: 200 });
  }

  waits(name, bounded) {
    if (!this.hanging) return;
    if (bounded) {
      this.bounded++;
      return;
    }
    this.hung.push(name);
    this.stop(`${name} never answers, and the call has no end`);
  }

  /** Given wherever the code wants a function that asks a person. */
  consent = async () => {
    this.consulted++;
    return this.consents;
  };

  stop(why) {
    this.stopped?.(Object.assign(new Error(why), { runaway: true }));
  }

  /** Import what is tested; skip the test where that cannot be done. */
  async load(importing, name) {
    let found;
    this.acting = true;
    try {
      found = await calls.run(this, importing);
      for (const word of name.split(".")) found = found[word] ?? found.default?.[word];
    } catch (error) {
      this.skip(`it cannot be imported here: ${String(error?.message ?? error).slice(0, 200)}`);
    } finally {
      this.acting = false;
    }
    if (found === undefined || found === null) this.skip(`${name} is not exported`);
    this.forget();
    this.log = "";
    return found;
  }

  /** An object of a class of the project; skip the test where it cannot be made. */
  make(kind, ...args) {
    const { acting, events } = this;
    this.acting = true;
    this.events = [];
    try {
      return calls.run(this, () => new kind(...args));
    } catch (error) {
      return this.skip(`an object of ${kind.name} cannot be made: ${error?.message}`);
    } finally {
      this.acting = acting;
      this.events = events;
    }
  }

  /** Call the code under test. What it throws is kept in raised; the answer is what it gives back. */
  async attempt(act) {
    this.raised = null;
    this.acting = true;
    let timer;
    const late = new Promise((_, reject) => {
      this.stopped = reject;
      timer = setTimeout(() => {
        this.model.ranAway = true;
        reject(Object.assign(new Error("it took too long"), { runaway: true }));
      }, MOST_MILLISECONDS);
    });
    try {
      return await Promise.race([calls.run(this, async () => act()), late]);
    } catch (error) {
      this.raised = error ?? new Error("it threw nothing");
      return undefined;
    } finally {
      clearTimeout(timer);
      this.acting = false;
    }
  }

  /** Skip the test where it could show nothing, whatever the code does. */
  needs(shown, why) {
    if (!shown) this.skip(this.raised ? `${why} (${String(this.raised.message ?? this.raised).slice(0, 120)})` : why);
  }

  forget() {
    this.events = [];
    this.raised = null;
    this.consulted = 0;
  }

  reached(...kinds) {
    return this.events.filter((e) => kinds.includes(e.kind));
  }

  /** What the code tried to change or send: everything but reading files of its own. */
  acted() {
    return this.events.filter((e) => e.kind !== "read");
  }

  commanded(text) {
    const shells = /^(.*[/\\])?(sh|bash|zsh|python[\d.]*|node|perl|ruby|cmd|powershell|pwsh)\b/;
    return this.events.filter((e) => e.text.includes(text) && (e.kind === "shell" || e.kind === "program" && shells.test(e.name)));
  }

  /** Statements that a text became a part of, rather than a value beside: words of SQL stand in the same text. */
  stated(text) {
    const verb = /\b(select|insert|update|delete|merge|replace|drop|alter|create|truncate|exec|call)\b/i;
    const holds = (value, deep = 0) => {
      if (typeof value === "string") return value.includes(text) && verb.test(value);
      return Boolean(value) && typeof value === "object" && deep < 4 && Object.values(value).some((v) => holds(v, deep + 1));
    };
    return this.events.filter((e) => e.kind === "call" && holds(e.args)).map((e) => e.text);
  }

  /** The first of some addresses that the code is ready to ask. */
  async known(ask, addresses) {
    for (const address of addresses) {
      await this.attempt(() => ask(address));
      const asked = this.reached("network", "call").length > 0;
      this.forget();
      if (asked) return address;
    }
    return addresses.at(-1);
  }

  /** A function that nobody offered, where careless code finds it by its name, as it finds "constructor". */
  decoy(name) {
    const calls = [];
    const spy = (...args) => {
      calls.push(args);
      return "decoy";
    };
    this.replace(Object.prototype, name, spy);
    return calls;
  }

  anything() {
    return part("anything");
  }

  /** A number that no call was given before. */
  freshNumber() {
    return ++this.given;
  }

  /** A text of letters that no call was given before: a second call must not be taken for the first one again. */
  fresh() {
    let letters = "";
    for (let n = this.freshNumber() - 1; n > 0; n = Math.floor((n - 1) / 26)) letters += String.fromCharCode(97 + ((n - 1) % 26));
    return `fermata${letters}`;
  }
}

function valueOf(name) {
  if (/KEY|TOKEN|SECRET|PASS|CREDENTIAL/i.test(name)) return SECRET;
  if (/PORT|TIMEOUT|LIMIT|MAX|COUNT|SIZE|SECONDS|DELAY|BACKOFF|RETR|INTERVAL|THRESHOLD|BATCH|_(MS|S|SEC|MIN|DAYS|HOURS|RATE|RATIO)$/i.test(name)) return "1";
  if (/URL|URI|ENDPOINT|BASE$/i.test(name)) return "https://fermata.invalid";
  return "fermata";
}

export const text = show;
