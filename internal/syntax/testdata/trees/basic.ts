'use server';
import fs from "fs";
import * as path from 'path';
import { Agent, tool as makeTool, type Unused } from "@openai/agents";
import type { Model, Other as Another } from "./model";
import './side';
export { Agent as default2, path } ;
export * from './all';
export * as ns from './ns';
export { a as b } from "./c";

interface Options { name: string }
type Alias = string | number;
enum Color { Red = "red", Blue = "blue" }

export const agent: Agent<Options> = new Agent({
  name: "planner",
  'model': `gpt-${Color.Red}`,
  tools: [search, ...more],
  async run(x: number, { a, b = 2, ...rest }: any, ...args: string[]) { return await x?.go(a!) },
  fs,
  [computed]: 1_000,
  on: x => x + 1 as any,
});
let later: string, other = 1;
export default function main<T>(input: T = null) {
  for (const [k, v] of Object.entries(input)) console.log(k, v);
  for (let i = 0; i < 10; i++) { step(i) }
  try { risky() } catch (e) { throw new Error("x" + "y") } finally { done() }
  switch (input.kind) { case "a": case 'b': go(); break; default: stop() }
  if (!input && a || b ?? c) { x.y.z = 1; count += 2 } else if (other) return; else delete x.y;
}
@decorate({ a: 1 })
export class Service extends Base.Class<Options> {
  private model = "small";
  declare gone: string;
  static size: number;
  #secret = 1;
  constructor(private readonly db: Db) { super() }
  @tool("search") async search(@inject() q: string): Promise<string> { return this.#secret }
  get value() { return 1 }
}
const lazy = await import("./lazy");
const c = require('child_process');
const q = sql`select ${x} from t`;
const el = cond ? a === b : void 0;
(function named() { yieldIt() })();
