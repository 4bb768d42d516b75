package syntax

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/source"
)

// BenchmarkPythonLibrary reads the machine's whole Python standard library, tree and all, on one core.
func BenchmarkPythonLibrary(b *testing.B) {
	out, err := exec.Command("python3", "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		b.Skip("no python3 on this machine: there is no library to read")
	}
	var files []*source.File
	size, most := 0, 0
	err = filepath.WalkDir(strings.TrimSpace(string(out)), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasSuffix(entry.Name(), "-packages") {
			return filepath.SkipDir
		}
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".py" {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, source.NewFile(path, text))
		size += len(text)
		most = max(most, len(text))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	nodes := 0
	for b.Loop() {
		nodes = 0
		for _, file := range files {
			nodes += parsePython(file, Python, file.Content(), nil).Len()
		}
	}
	b.ReportMetric(float64(size)/float64(nodes), "bytes/node")
	b.ReportMetric(float64(len(files)), "files")
}
