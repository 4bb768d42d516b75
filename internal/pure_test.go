package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// pure are the packages that get everything they judge as arguments: what they answer depends on nothing else. A folder
// with "/*" stands for every package below it.
var pure = []string{"syntax", "code", "model", "result", "stat", "graph", "discover", "discover/*", "rule", "attack", "score"}

// outside are the packages of the standard library by which the disk, the network, the clock, chance or another program
// could have a say. Below a name everything is meant but what mayBelow lists.
var (
	outside  = []string{"os", "net", "time", "math/rand", "crypto/rand", "syscall", "plugin", "io/ioutil"}
	mayBelow = map[string]bool{"net/url": true, "net/netip": true, "net/mail": true, "net/textproto": true}
)

// mayUse are single names of a forbidden package that ask nobody: reading a date that is written somewhere needs no clock.
var mayUse = map[string]map[string]bool{"time": {"Parse": true, "DateOnly": true}}

// asksDisk are functions of permitted packages that open files all the same.
var asksDisk = map[string]map[string]bool{
	"path/filepath": {"Glob": true, "Walk": true, "WalkDir": true, "EvalSymlinks": true, "Abs": true},
	"go/build":      {"Import": true, "ImportDir": true, "Default": true},
}

func isPure(pkg string) bool {
	for _, p := range pure {
		if below, ok := strings.CutSuffix(p, "/*"); ok {
			if strings.HasPrefix(pkg, below+"/") {
				return !strings.HasSuffix(pkg, "test") // a harness for fixtures is not in the binary
			}
		} else if p == pkg {
			return true
		}
	}
	return false
}

// isOutside tells whether an import lets the world have a say.
func isOutside(imported string) bool {
	for _, o := range outside {
		if imported == o || strings.HasPrefix(imported, o+"/") && !mayBelow[imported] {
			return true
		}
	}
	return false
}

// impurities lists what one file uses that it may not, each with its place.
func impurities(fset *token.FileSet, file *ast.File) []string {
	var found []string
	watched := map[string]string{} // local name → package of which some names only are right, or wrong
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if !isOutside(imported) && asksDisk[imported] == nil {
			continue
		}
		local := imported[strings.LastIndexByte(imported, '/')+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
		switch {
		case isOutside(imported) && mayUse[imported] == nil, local == ".", local == "_":
			found = append(found, fset.Position(spec.Pos()).String()+": imports "+imported)
		default:
			watched[local] = imported
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && watched[x.Name] != "" {
			imported := watched[x.Name]
			if asksDisk[imported][s.Sel.Name] || mayUse[imported] != nil && !mayUse[imported][s.Sel.Name] {
				found = append(found, fset.Position(s.Pos()).String()+": uses "+imported+"."+s.Sel.Name)
			}
		}
		return true
	})
	return found
}

// TestPureStages holds that extractors, rules and what they stand on get their input and never fetch it: no disk, no
// network, no clock, no chance, no other program.
func TestPureStages(t *testing.T) {
	checked := 0
	for _, line := range strings.Split(strings.TrimSpace(list(t, "-f", `{{.ImportPath}}{{"\t"}}{{.Dir}}{{range .GoFiles}}{{"\t"}}{{.}}{{end}}`, "fermata/internal/...")), "\n") {
		fields := strings.Split(line, "\t")
		pkg := strings.TrimPrefix(fields[0], "fermata/internal/")
		if !isPure(pkg) {
			continue
		}
		checked++
		for _, name := range fields[2:] {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(fields[1], name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range impurities(fset, file) {
				t.Errorf("%s: %s", pkg, f)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d packages were looked at", checked)
	}
}

// TestImpurities holds that the test above sees what it is there for.
func TestImpurities(t *testing.T) {
	for _, c := range []struct {
		source string
		want   int
	}{
		{`package p; import "os"; var _ = os.Args`, 1},
		{`package p; import . "os"; var _ = Args`, 1},
		{`package p; import "os/exec"; var _ = exec.Command`, 1},
		{`package p; import "net/http"; var _ = http.Get`, 1},
		{`package p; import "math/rand/v2"; var _ = rand.Int`, 1},
		{`package p; import "time"; var _, _ = time.Now, time.Parse`, 1},
		{`package p; import clock "time"; var _ = clock.Now`, 1},
		{`package p; import "path/filepath"; var _ = filepath.Glob`, 1},
		{`package p; import ("net/url"; "path/filepath"; "time"); var _, _, _ = url.Parse, filepath.Join, time.Parse`, 0},
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", c.source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := impurities(fset, file); len(got) != c.want {
			t.Errorf("%s: got %q, want %d", c.source, got, c.want)
		}
	}
}

// prober is the one package that may start a program or open a connection: it talks to a server that a person named.
const prober = "fermata/internal/verify/probe"

// TestRunsNothing holds that nothing in the binary can start another program, load one or open a connection, but for
// the probe; and that the probe is named by one file of pipeline, which no scan goes through.
func TestRunsNothing(t *testing.T) {
	checked, probes := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(list(t, "-deps", "-f", `{{if not .Standard}}{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{end}}`, "fermata/cmd/fermata")), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "fermata/") {
			continue
		}
		checked++
		for _, imported := range fields[1:] {
			switch imported {
			case "os/exec", "plugin", "net", "net/http":
				if fields[0] != prober || imported == "plugin" {
					t.Errorf("%s imports %s", fields[0], imported)
				}
			case prober:
				if probes++; fields[0] != "fermata/internal/pipeline" {
					t.Errorf("%s imports %s", fields[0], imported)
				}
			}
		}
	}
	if checked < 30 || probes != 1 {
		t.Errorf("only %d packages were looked at, %d of which name the probe", checked, probes)
	}
	for _, name := range strings.Fields(list(t, "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}} {{end}}`, "fermata/internal/pipeline")) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); imported == prober && filepath.Base(name) != "probe.go" {
				t.Errorf("%s imports %s", filepath.Base(name), prober)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Ident); ok && f.Name == "ProbeMCP" && filepath.Base(name) != "probe.go" {
				t.Errorf("%s starts a probe", filepath.Base(name))
			}
			return true
		})
	}
}
