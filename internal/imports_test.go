package internal_test

import (
	"os/exec"
	"sort"
	"strings"
	"testing"
)

// table is the law of who may import whom within the module. A folder with "/*" stands for every package below it.
// Changing it needs a reason in ARCHITECTURE.md.
const table = `
source          -
syntax          source
code            source syntax
stat            -
graph           stat
model           source syntax
taxonomy        source syntax
result          source model
discover        source syntax code model taxonomy
discover/*      discover source syntax code model
rule            source syntax model taxonomy result
verify          source syntax code model taxonomy result
verify/taint    source syntax code
verify/codecheck source syntax code model result verify/taint verify/secret
verify/secret    -
verify/probe     source syntax model result
verify/checklist source syntax model result
verify/evidence source syntax model
verify/advisory source syntax
verify/testgen  source syntax code model verify/evidence
attack          graph model result
cascade         graph stat model result
risk            graph stat model taxonomy result
matrix          source taxonomy model result
score           model taxonomy result
report          model result
report/*        report model result
pipeline        source syntax code model taxonomy result graph discover discover/all rule attack risk verify verify/codecheck verify/checklist verify/probe verify/evidence verify/advisory verify/testgen matrix score cascade
ui/*            pipeline result report report/all model source
devtool/*       source syntax model taxonomy result score rule discover discover/all discover/discovertest report report/all pipeline ui/cli verify/evidence devtool/casestudy
`

// folders that only carry data to their loaders; anybody who wires may import them.
var data = map[string]bool{"rules": true, "controls": true, "catalog": true, "schema": true}

// wires are the packages that may hand data folders to loaders.
var wires = map[string]bool{"pipeline": true, "ui/cli": true}

// lists are generated registries: they import all their siblings.
var lists = map[string]bool{"discover/all": true, "report/all": true}

func rules() map[string][]string {
	out := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		fields := strings.Fields(line)
		out[fields[0]] = fields[1:]
	}
	return out
}

// allowed gives the packages that a package may import; false when the table does not know the package.
func allowed(table map[string][]string, pkg string) ([]string, bool) {
	if list, ok := table[pkg]; ok {
		return list, true
	}
	if i := strings.IndexByte(pkg, '/'); i > 0 {
		list, ok := table[pkg[:i]+"/*"]
		return list, ok
	}
	return nil, false
}

func list(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return string(out)
}

func TestImportTable(t *testing.T) {
	law := rules()
	for _, line := range strings.Split(strings.TrimSpace(list(t, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "fermata/...")), "\n") {
		fields := strings.Fields(line)
		pkg, inside := strings.CutPrefix(fields[0], "fermata/internal/")
		if !inside || strings.Contains(pkg, "/testdata") {
			continue
		}
		may, known := allowed(law, pkg)
		if !known {
			t.Errorf("%s is not in the import table", pkg)
			continue
		}
		set := map[string]bool{}
		for _, m := range may {
			set[m] = true
		}
		for _, imported := range fields[1:] {
			dep, ours := strings.CutPrefix(imported, "fermata/")
			if !ours {
				continue
			}
			if data[dep] {
				if !wires[pkg] && !strings.HasPrefix(pkg, "devtool/") {
					t.Errorf("%s imports the data folder %s; loaders get it as an fs.FS", pkg, dep)
				}
				continue
			}
			dep = strings.TrimPrefix(dep, "internal/")
			sibling := lists[pkg] && strings.HasPrefix(dep, pkg[:strings.IndexByte(pkg, '/')+1])
			harness := strings.HasSuffix(pkg, "test") // a harness for fixtures is not in the binary
			if !set[dep] && !sibling && !harness {
				t.Errorf("%s imports %s, which the table does not allow", pkg, dep)
			}
		}
	}
}

// TestOneImporterPerLibrary holds that a third-party library is imported by one package only, so that it can be
// replaced in one place.
func TestOneImporterPerLibrary(t *testing.T) {
	direct := strings.Fields(list(t, "-m", "-f", `{{if and (not .Indirect) (not .Main)}}{{.Path}}{{end}}`, "all"))
	// Parts of one module that have nothing to do with each other are libraries of their own.
	for i, module := range direct {
		if module == "github.com/google/osv-scalibr" {
			direct = append(direct[:i], append([]string{module + "/semantic", module + "/veles"}, direct[i+1:]...)...)
			break
		}
	}
	users := map[string]map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(list(t, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "fermata/...")), "\n") {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			for _, module := range direct {
				if imported == module || strings.HasPrefix(imported, module+"/") {
					if users[module] == nil {
						users[module] = map[string]bool{}
					}
					users[module][fields[0]] = true
				}
			}
		}
	}
	for module, by := range users {
		if len(by) > 1 {
			var names []string
			for name := range by {
				names = append(names, name)
			}
			sort.Strings(names)
			t.Errorf("%s is imported by %s", module, strings.Join(names, " and "))
		}
	}
}
