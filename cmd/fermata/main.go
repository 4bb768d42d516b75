// Command fermata models the threats of a multi-agent AI system from its source, configuration or a written model.
package main

import (
	"os"
	"runtime"

	"fermata/internal/ui/cli"
)

// rest is what the collector takes for live from the beginning. A run is short and its live data small, so that without
// this the collector would go over all of it each time as much again was taken, dozens of times. Nobody touches it, so
// it takes addresses and no memory; a run takes about this much more at its highest.
const rest = 96 << 20

func main() {
	untouched := make([]byte, rest)
	code := cli.Main(os.Args[1:], os.Stdout, os.Stderr)
	runtime.KeepAlive(untouched)
	os.Exit(code)
}
