// Command benchdiscovery measures discovery against what people say is true.
//
// Without flags it scans every case of the labelled corpus and every fixture of an extractor, with all extractors
// together. With --labels it scans
// checked-out trees outside the project and compares what is found with label files written by hand:
//
//	repository: owner/name
//	commit: 0123456789abcdef0123456789abcdef01234567
//	family: langgraph
//	only: ["src/app"]        # what was labelled completely; left out: the whole tree
//	elements:
//	  - {key: clerk, kind: agent, names: [clerk, make_clerk], file: src/app/clerk.py, line: 14}
//	flows:
//	  - {kind: tool-call, from: clerk, to: search}
//
// A kind may give alternatives with a slash. Recall is the labelled share that was found; precision is the labelled
// share of what was found, without tests. Nothing is scanned that a label file does not name.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	corpus := flag.String("corpus", "internal/discover/testdata,internal/discover", "the corpus: folders, with commas between, of folders of families with archives in them or in their testdata")
	labels := flag.String("labels", "", "a label file, or a folder of them, for trees outside the corpus")
	dir := flag.String("dir", ".", "with --labels: the folder in which each tree stands, by the label file's name")
	verbose := flag.Bool("v", false, "list what was missed and what is found without being labelled")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *corpus, *labels, *dir, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "benchdiscovery: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, corpus, labels, dir string, verbose bool) error {
	if labels == "" {
		return benchCorpus(ctx, w, strings.Split(corpus, ","), verbose)
	}
	return benchOutside(ctx, w, labels, dir, verbose)
}
