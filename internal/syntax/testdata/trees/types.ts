import { make, type Store as Kept, type Plain } from "./store";
import { type Only } from "./only";
function run(a: Plain, b?: db.Store | null, c: string = "x", d: Array<Plain>, e: Kept = make(), ...rest: Plain[]) {}
class Holder {
  private kept: Kept;
  plain?: Plain
  declare later: Only;
  text: string;
  constructor(private readonly only: Only) {}
}
const arrow = (one: Only): Plain => one.plain;
