package source

import (
	"context"
	"fmt"
	"path/filepath"
)

// namedFileSize bounds a file that the user names (a model, a result, an attack graph): larger than what a scan reads,
// because somebody asked for this very file.
const namedFileSize = 512 << 20

// ReadNamed reads the one file that a user named. Its path is the base name. The error is one plain sentence.
func ReadNamed(ctx context.Context, name string) (*File, error) {
	root, err := Open(name, Options{Limits: Limits{FileSize: namedFileSize, Bytes: namedFileSize}, NoGitignore: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	entries, skips, err := root.List(ctx)
	if err != nil {
		return nil, err
	}
	if len(entries) == 1 && root.single != "" {
		file, skip := root.Read(entries[0])
		if skip == nil {
			return NewFile(filepath.Base(name), file.Content()), nil
		}
		skips = append(skips, *skip)
	}
	if root.single == "" {
		return nil, fmt.Errorf("%s is a folder, not a file", name)
	}
	if len(skips) > 0 {
		return nil, fmt.Errorf("%s cannot be read: %s", name, skips[0].Why())
	}
	return nil, fmt.Errorf("%s cannot be read", name)
}

// Why says in words why the one file that somebody asked for was passed over.
func (s Skip) Why() string {
	switch {
	case s.Reason == TooLarge:
		return "it is too large: " + s.Detail
	case s.Reason == Binary:
		return "it is not text"
	case s.Detail != "":
		return s.Detail
	}
	return string(s.Reason)
}
