package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/discover/all"
	"fermata/internal/discover/discovertest"
	"fermata/internal/source"
)

// scan runs all extractors on a folder.
func scan(ctx context.Context, dir string) (*discover.Outcome, error) {
	root, err := source.Open(dir, source.Options{})
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return discover.Run(ctx, root, discover.Options{Extractors: all.Extractors()})
}

// benchCorpus scans each case anew: it counts what is found, and believes nothing that the case says was missed.
func benchCorpus(ctx context.Context, w io.Writer, folders []string, verbose bool) error {
	cases, err := discovertest.Cases(folders...)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return fmt.Errorf("%s: no cases; a case is FAMILY/NAME.txtar", strings.Join(folders, ", "))
	}
	t, count := table{}, map[string]int{}
	ledger, said := 0, 0
	for _, c := range cases {
		count[c.Family]++
		elements, flows, out, err := findings(ctx, c)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", c.Family, c.Name, err)
		}
		for _, lines := range []struct {
			want, found []string
			flow        bool
		}{{c.Elements, elements, false}, {c.Flows, flows, true}} {
			score(t, c, lines.want, lines.found, lines.flow, func(word, line string) {
				if verbose {
					fmt.Fprintf(w, "%s/%s: %s: %s\n", c.Family, c.Name, word, line)
				}
			})
		}
		ledger += len(c.Gaps) + len(c.Unmodelled)
		for _, g := range c.Gaps {
			for _, u := range out.Unresolved {
				if strings.Contains(u.What+": "+u.Why, g) {
					said++
					break
				}
			}
		}
		for _, name := range c.Unmodelled {
			for _, u := range out.Unsupported {
				if u.Name == name {
					said++
					break
				}
			}
		}
	}
	fmt.Fprintf(w, "%d cases of %d families\n\n", len(cases), len(count))
	if err := t.write(w, count); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nledger entries wanted %d, said %d\n", ledger, said)
	return err
}

// findings scans the files of a case.
func findings(ctx context.Context, c *discovertest.Case) (elements, flows []string, out *discover.Outcome, err error) {
	dir, err := os.MkdirTemp("", "case")
	if err != nil {
		return nil, nil, nil, err
	}
	defer os.RemoveAll(dir)
	if err := c.Unpack(dir); err != nil {
		return nil, nil, nil, err
	}
	if out, err = scan(ctx, dir); err != nil {
		return nil, nil, nil, err
	}
	elements, flows = discovertest.Lines(out)
	return elements, flows, out, nil
}

// score compares lines. What a case lists only as wrong is no truth.
func score(t table, c *discovertest.Case, want, found []string, flow bool, say func(word, line string)) {
	have, truth := map[string]bool{}, map[string]bool{}
	for _, line := range found {
		have[line] = true
	}
	for _, line := range want {
		truth[line] = true
		kind, _, _ := strings.Cut(line, " ")
		one := t.at(c.Family, column(kind, flow))
		one.labelled++
		if have[line] {
			one.hit++
		} else {
			say("missed", line)
		}
	}
	for _, line := range found {
		kind, _, _ := strings.Cut(line, " ")
		one := t.at(c.Family, column(kind, flow))
		one.found++
		if truth[line] {
			one.right++
		} else {
			say("not so", line)
		}
	}
}
