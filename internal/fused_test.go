package internal_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// exactly are the packages whose figures reach the output and must not depend on the processor.
var exactly = []string{"stat", "graph"}

var (
	fused    = regexp.MustCompile(`\bFN?M(ADD|SUB)[SD]?\b`)
	fusedAt  = regexp.MustCompile(`[a-z0-9_]+\.go:[0-9]+`)
	noResult = "an explicit float64(…) around the product keeps it apart from the sum"
)

// TestNoFusedProducts compiles for a processor on which products are fused with sums wherever the language permits it, and
// looks whether that happened.
func TestNoFusedProducts(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for another processor")
	}
	for _, pkg := range exactly {
		path := "fermata/internal/" + pkg
		cmd := exec.Command("go", "build", "-gcflags="+path+"=-S", path)
		cmd.Env = append(os.Environ(), "GOARCH=arm64", "GOOS=linux", "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if !strings.Contains(string(out), "TEXT") {
			t.Fatalf("no listing of %s", pkg)
		}
		seen := map[string]bool{}
		for _, line := range strings.Split(string(out), "\n") {
			if at := fusedAt.FindString(line); fused.MatchString(line) && !seen[at] {
				seen[at] = true
				t.Errorf("%s/%s: a product is fused with a sum on arm64; %s", pkg, at, noResult)
			}
		}
	}
}
