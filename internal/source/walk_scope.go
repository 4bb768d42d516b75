package source

import (
	"path"
	"strings"
)

// Scopes of files, by where they stand.
const (
	ScopeMain     = "main"     // the program itself
	ScopeTest     = "test"     // tests and their fixtures
	ScopeExample  = "example"  // examples, demos and documentation
	ScopeVendored = "vendored" // other people's code and generated files
)

var scopeOfFolder = map[string]string{
	"node_modules": ScopeVendored, "vendor": ScopeVendored, "site-packages": ScopeVendored, "dist-packages": ScopeVendored,
	".venv": ScopeVendored, "venv": ScopeVendored, "third_party": ScopeVendored, "third-party": ScopeVendored,
	"thirdparty": ScopeVendored, "bower_components": ScopeVendored, "__generated__": ScopeVendored,
	"generated": ScopeVendored, ".next": ScopeVendored, ".nuxt": ScopeVendored,

	"test": ScopeTest, "tests": ScopeTest, "__tests__": ScopeTest, "testing": ScopeTest, "testdata": ScopeTest,
	"test_data": ScopeTest, "test-data": ScopeTest, "e2e": ScopeTest, "spec": ScopeTest, "specs": ScopeTest, "fixtures": ScopeTest, "fixture": ScopeTest,
	"__fixtures__": ScopeTest, "__mocks__": ScopeTest, "mocks": ScopeTest, "unit_tests": ScopeTest,
	"test_resources": ScopeTest, "test-resources": ScopeTest, "test_files": ScopeTest, "test-files": ScopeTest, "test_fixtures": ScopeTest,
	"integration_tests": ScopeTest, "integration-tests": ScopeTest, "cassettes": ScopeTest, "evals": ScopeTest,
	"smoke": ScopeTest, "smoke_tests": ScopeTest, "smoke-tests": ScopeTest, "e2e_tests": ScopeTest, "e2e-tests": ScopeTest,
	"bench": ScopeTest, "benches": ScopeTest, "benchmark": ScopeTest, "benchmarks": ScopeTest,

	"example": ScopeExample, "examples": ScopeExample, "sample": ScopeExample, "samples": ScopeExample,
	"sample_files": ScopeExample, "sample-files": ScopeExample, "sample_code": ScopeExample, "sample-code": ScopeExample,
	"demo": ScopeExample, "demos": ScopeExample, "doc": ScopeExample, "docs": ScopeExample, "cookbook": ScopeExample,
	"cookbooks": ScopeExample, "tutorial": ScopeExample, "tutorials": ScopeExample, "quickstart": ScopeExample,
	"quickstarts": ScopeExample, "getting-started": ScopeExample, "getting_started": ScopeExample,
}

// Scope tells by convention whether a path is of the program, its tests, its examples, or not its authors' work.
// The strongest wins: vendored before test before example. It is a habit of names, not a fact, so it never hides
// anything; it only says what is shown first. Folders called dist and build are taken for output, except below a
// src folder, where they are somebody's subject.
func Scope(name string) string {
	scope := ScopeMain
	raise := func(to string) {
		if scopeRank[to] > scopeRank[scope] {
			scope = to
		}
	}
	dir, base := path.Split(strings.ToLower(name))
	inSource, inScripts, inSkill := false, false, false
	for folder := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		raise(scopeOfFolder[folder])
		switch folder {
		case "src":
			inSource = true
		case "scripts", "script":
			inScripts = true
		case "skills", "skill":
			inSkill = true // its scripts are what an agent runs
		case "dist", "build":
			if !inSource {
				raise(ScopeVendored)
			}
		}
	}
	raise(scopeOfFile(base))
	if inScripts && !inSkill && checks(base) || tries(name) {
		raise(ScopeTest)
	}
	return scope
}

// tries tells whether a file is a script that a person runs by hand to try something: testPayments.js in a folder of
// scripts. Elsewhere testAccount.ts may well be what the program tests accounts with.
func tries(name string) bool {
	dir, base := path.Split(name)
	switch path.Base(dir) {
	case "scripts", "script", "scratch":
	default:
		return false
	}
	rest, ok := strings.CutPrefix(base, "test")
	switch path.Ext(base) {
	case ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs":
		return ok && rest[0] >= 'A' && rest[0] <= 'Z'
	}
	return false
}

var scopeRank = map[string]int{ScopeExample: 1, ScopeTest: 2, ScopeVendored: 3}

// partSuffixes are how files of JavaScript end that say which part of a program they are.
var partSuffixes = map[string]bool{
	".service": true, ".controller": true, ".module": true, ".route": true, ".routes": true, ".router": true, ".repository": true, ".model": true, ".entity": true,
	".schema": true, ".dto": true, ".resolver": true, ".middleware": true, ".guard": true, ".gateway": true, ".component": true, ".hook": true, ".store": true, ".handler": true,
}

// trials are how scripts are called that try a program out: by these words alone, or before or after the rest of the name.
var trials = []string{"smoke", "e2e", "bench"}

// triesOut tells by its name whether a script tries a program out. Longer words count only alone or at the end, as they are also
// what programs are about: benchmark_returns.py may well be one.
func triesOut(stem string) bool {
	stem = strings.ReplaceAll(stem, "-", "_")
	for _, word := range trials {
		if stem == word || strings.HasPrefix(stem, word+"_") || strings.HasSuffix(stem, "_"+word) {
			return true
		}
	}
	return stem == "benchmark" || stem == "benchmarks" || stem == "smoketest" || strings.HasSuffix(stem, "_benchmark")
}

// checks tells whether a script among the scripts of a project checks something: elsewhere these words name tools of agents.
func checks(base string) bool {
	switch path.Ext(base) {
	case ".py", ".ts", ".mts", ".js", ".mjs", ".cjs", ".go":
		stem := strings.ReplaceAll(strings.TrimSuffix(base, path.Ext(base)), "-", "_")
		return stem == "check" || stem == "verify" || strings.HasPrefix(stem, "check_") || strings.HasPrefix(stem, "verify_")
	}
	return false
}

func scopeOfFile(base string) string {
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	switch ext {
	case ".py":
		switch {
		case triesOut(stem):
			return ScopeTest
		case strings.HasSuffix(stem, "_pb2"), strings.HasSuffix(stem, "_pb2_grpc"):
			return ScopeVendored
		case strings.HasPrefix(stem, "test_"), strings.HasSuffix(stem, "_test"), stem == "conftest":
			return ScopeTest
		}
	case ".go":
		switch {
		case strings.HasSuffix(stem, ".pb"), strings.HasPrefix(stem, "zz_generated"):
			return ScopeVendored
		case strings.HasSuffix(stem, "_test"):
			return ScopeTest
		}
	case ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs":
		switch path.Ext(stem) {
		case ".min", ".bundle", ".generated":
			return ScopeVendored
		case ".test", ".spec", ".stories", ".e2e", ".e2e-spec", ".bench", ".smoke":
			return ScopeTest
		}
		// What a part of a program is called after is its subject: test-questions.service.js is no test.
		if partSuffixes[path.Ext(stem)] {
			return ScopeMain
		}
		// Scripts that a person runs by hand to try something are called so, too.
		if strings.HasPrefix(stem, "test_") || strings.HasPrefix(stem, "test-") || strings.HasSuffix(stem, "_test") || triesOut(stem) {
			return ScopeTest
		}
	case ".lock":
		return ScopeVendored
	}
	switch base {
	case "package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json":
		return ScopeVendored
	}
	return ScopeMain
}
