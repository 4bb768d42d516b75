// @flow
const x: number = 1;
const el = <div className="a">{x}</div>;
module.exports = { x };
