import { a } from "a";
const good = a(1);
const bad = = 2;
function f() {
  before();
  oops(;
  after();
}
class Broken {
  method() { return 1
}
export const last = a("last");
