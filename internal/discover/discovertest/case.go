package discovertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// Case is an archive with what a person says is true of it.
type Case struct {
	Family, Name     string // folder and file name without its ending
	Title            string // first line of the archive
	Elements, Flows  []string
	Controls         []string
	Missed, Wrong    map[string]bool // true and not found; found and not true
	Gaps, Unmodelled []string        // entries of the ledger: unresolved, unsupported
	fails            bool            // an extractor is to fail on a file
	archive          *txtar.Archive
	want             []byte
}

// Cases reads every archive of a folder's folders, and the fixtures in the testdata of those folders, by name.
func Cases(folders ...string) ([]*Case, error) {
	var names []string
	for _, folder := range folders {
		for _, below := range []string{"*", "*/testdata"} {
			found, err := filepath.Glob(filepath.Join(folder, below, "*.txtar"))
			if err != nil {
				return nil, err
			}
			names = append(names, found...)
		}
	}
	var cases []*Case
	for _, name := range names {
		c, err := ReadCase(name)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// ReadCase reads one archive.
func ReadCase(name string) (*Case, error) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		return nil, err
	}
	c := &Case{Family: filepath.Base(filepath.Dir(name)), Name: strings.TrimSuffix(filepath.Base(name), ".txtar"), archive: archive}
	if c.Family == "testdata" {
		c.Family = filepath.Base(filepath.Dir(filepath.Dir(name)))
	}
	c.Title, _, _ = strings.Cut(strings.TrimSpace(string(archive.Comment)), "\n")
	for _, f := range archive.Files {
		if f.Name == wantFile {
			c.want = f.Data
		}
	}
	tree := syntax.Parse(source.NewFile(wantFile, c.want))
	if len(tree.Diagnostics) > 0 {
		return nil, fmt.Errorf("%s: %v", name, tree.Diagnostics[0])
	}
	root := tree.Root()
	c.Elements, _, _ = entries(root.Argument("elements"))
	c.Flows, _, _ = entries(root.Argument("flows"))
	c.Controls, _, _ = entries(root.Argument("controls"))
	c.Gaps, _, _ = entries(root.Argument("unresolved"))
	c.Unmodelled, _, _ = entries(root.Argument("unsupported"))
	for item := range root.Argument("diagnostics").Children() {
		c.fails = c.fails || strings.HasPrefix(item.Text(), "extractor-failed")
	}
	c.Missed, c.Wrong = lineSet(root.Argument("missed")), lineSet(root.Argument("wrong"))
	return c, nil
}

// Unpack writes the archive's files, without what is wanted of them, below a folder.
func (c *Case) Unpack(dir string) error {
	for _, f := range c.archive.Files {
		if f.Name == wantFile {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Lines gives what a run found as a fixture writes it.
func Lines(out *discover.Outcome) (elements, flows []string) {
	f := describe(out)
	return sorted(f.elements), sorted(f.flows)
}
