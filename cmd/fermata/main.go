// Command fermata models the threats of a multi-agent AI system from its source, configuration or a written model.
package main

import (
	"os"

	"fermata/internal/ui/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
