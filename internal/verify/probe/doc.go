// Package probe talks to a running MCP server and says what it should not do.
//
// It is the one part of Fermata that starts a program or opens a connection, and it does so only because a person gave
// the command to start or the address to ask. Nothing in a scan reaches it: a test holds that one file of package
// pipeline names it.
//
// # What is bounded
//
// A server that is started gets a folder of its own (home, temporary files, working folder), an environment of a few
// names, a process group, limits of the operating system on CPU time, file size and open files, and a limit on memory
// that is watched. Every request has a time limit, and so has the whole. What it writes is read up to a limit. In the
// end everything that was started is killed, grandchildren too, and what is still there is counted. This is no sandbox:
// a server can read what its user can read, and can write and connect anywhere. Whoever does not trust a server at all
// probes it in a container.
//
// # Passive and active
//
// Without Active, only lists are asked for, and the checks read them. With it, tools are called with input made from
// their schemas (Inputs). Canaries are harmless: a sum that only an interpreter would compute, and a file in the
// probe's own folder that only a path outside the working folder reaches. A tool that may change something is not
// called unless it was named; a tool of which nobody knows counts as one that may.
//
// # What a probe cannot show
//
// That a server is sound. It shows what was seen to go wrong, with the exchange; silence means that these inputs did
// nothing. A server that behaves while it is watched passes.
package probe
