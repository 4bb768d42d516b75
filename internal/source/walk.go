package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// walk is one listing of a root.
type walk struct {
	root    *Root
	limits  Limits
	entries []Entry
	skips   []Skip
	total   int64 // bytes of entries
	cut     bool  // a limit in all was reached: what follows is only named
	seen    int   // directory entries looked at: a folder of millions of pictures is bounded, too
}

// installed are the names of folders that package managers, tools and caches fill. They are counted, not read: the
// program under review did not write them, and they hold most files of most checkouts.
var installed = map[string]bool{
	"node_modules": true, ".venv": true, "site-packages": true, "dist-packages": true, "bower_components": true,
	"__pycache__": true, ".tox": true, ".nox": true, ".mypy_cache": true, ".pytest_cache": true, ".ruff_cache": true,
	".pnpm-store": true, ".yarn": true, ".gradle": true, ".terraform": true, ".next": true, ".nuxt": true,
	".svelte-kit": true, ".turbo": true, ".ipynb_checkpoints": true, ".eggs": true,
}

// metadata are the folders of version control.
var metadata = map[string]bool{".git": true, ".hg": true, ".svn": true, ".jj": true}

// folder lists one folder and those below it. Rules are the .gitignore files above, the nearest last.
func (w *walk) folder(ctx context.Context, dir string, rules []ignoreFile, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > w.limits.Depth {
		w.skip(Skip{Path: dir + "/", Reason: TooDeep, Detail: strconv.Itoa(w.limits.Depth) + " folders deep"})
		return nil
	}
	if w.cut || w.seen > 4*maxCounted {
		w.skip(Skip{Path: dir + "/", Reason: TooMany, Detail: w.limitText()})
		return nil
	}
	found, err := w.read(dir)
	if err != nil {
		if dir == "." {
			return plainError("the scanned folder", err)
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		w.skip(Skip{Path: dir + "/", Reason: Unreadable, Detail: err.Error()})
		return nil
	}
	if !w.root.options.NoGitignore {
		rules = w.gitignore(dir, found, rules)
	}
	for _, e := range found {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if err := w.subfolder(ctx, name, e, rules, depth); err != nil {
				return err
			}
		default:
			w.file(name, e, rules)
		}
	}
	return nil
}

// read is the content of a folder in the order of the paths below it: a folder sorts with the slash that follows its
// name. So the walk itself is in the order of paths, and the same tree is always cut at the same place.
func (w *walk) read(dir string) ([]fs.DirEntry, error) {
	f, err := w.root.dir.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	w.seen += len(found)
	key := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(found, func(a, b fs.DirEntry) int { return strings.Compare(key(a), key(b)) })
	return found, nil
}

func (w *walk) subfolder(ctx context.Context, name string, e fs.DirEntry, rules []ignoreFile, depth int) error {
	base := e.Name()
	switch {
	case metadata[base]:
		w.skip(Skip{Path: name + "/", Reason: Metadata})
	case matchPatterns(w.root.exclude, name, true):
		w.skip(Skip{Path: name + "/", Reason: Excluded})
	case !w.root.options.Vendored && (installed[base] || w.isVirtualEnv(name)):
		w.skip(Skip{Path: name + "/", Reason: Vendored, Files: w.count(name, 0)})
	case ignored(rules, name, true):
		w.skip(Skip{Path: name + "/", Reason: Ignored})
	default:
		return w.folder(ctx, name, rules, depth+1)
	}
	return nil
}

// isVirtualEnv knows a Python environment of any name by the file that each has.
func (w *walk) isVirtualEnv(dir string) bool {
	base := path.Base(dir)
	if !strings.Contains(base, "env") {
		return false // spares a system call for every other folder
	}
	_, err := w.root.dir.Lstat(filepath.FromSlash(dir + "/pyvenv.cfg"))
	return err == nil
}

// maxCounted bounds the counting of files in folders that are not read.
const maxCounted = 1_000_000

// count is how many files a folder holds, in all depths.
func (w *walk) count(dir string, depth int) int {
	if depth > w.limits.Depth || w.seen > maxCounted {
		return 0
	}
	found, err := w.read(dir)
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range found {
		if e.IsDir() {
			n += w.count(dir+"/"+e.Name(), depth+1)
		} else {
			n++
		}
	}
	return n
}

func (w *walk) file(name string, e fs.DirEntry, rules []ignoreFile) {
	mode := e.Type()
	switch {
	case metadata[e.Name()]: // the .git file of a worktree or submodule
		w.skip(Skip{Path: name, Reason: Metadata})
		return
	case matchPatterns(w.root.exclude, name, false), len(w.root.include) > 0 && !included(w.root.include, name):
		w.skip(Skip{Path: name, Reason: Excluded})
		return
	case ignored(rules, name, false):
		w.skip(Skip{Path: name, Reason: Ignored})
		return
	case mode&fs.ModeSymlink != 0:
		w.skip(Skip{Path: name, Reason: Link, Detail: w.linkText(name)})
		return
	case !mode.IsRegular():
		w.skip(Skip{Path: name, Reason: Special, Detail: specialText(mode)})
		return
	}
	if want := w.root.options.Want; want != nil && !want(name) {
		w.skip(Skip{Path: name, Reason: NoReader})
		return
	}
	info, err := e.Info()
	if err != nil {
		w.skip(Skip{Path: name, Reason: Gone})
		return
	}
	if info.Size() > w.limits.FileSize {
		w.skip(w.root.tooLarge(name, info.Size()))
		return
	}
	if w.cut = w.cut || len(w.entries) >= w.limits.Files || w.total+info.Size() > w.limits.Bytes; w.cut {
		w.skip(Skip{Path: name, Reason: TooMany, Detail: w.limitText()})
		return
	}
	w.total += info.Size()
	w.entries = append(w.entries, Entry{Path: name, Size: info.Size()})
}

func (w *walk) limitText() string {
	return "the limits are " + strconv.Itoa(w.limits.Files) + " files and " + humanBytes(w.limits.Bytes)
}

func (w *walk) skip(s Skip) { w.skips = append(w.skips, s) }

// finish gives what was found; skips are sorted, because those of .gitignore lines come before their folder's.
func (w *walk) finish() ([]Entry, []Skip, error) {
	slices.SortStableFunc(w.skips, func(a, b Skip) int { return strings.Compare(a.Path, b.Path) })
	return w.entries, w.skips, nil
}

// linkText says what a link is worth knowing for.
func (w *walk) linkText(name string) string {
	info, err := w.root.dir.Stat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "names nothing"
	case err != nil:
		return "leads out of the scanned folder, or in a circle"
	case info.IsDir():
		return "names a folder inside, which is read under its own name"
	}
	return "names a file inside, which is read under its own name"
}

func specialText(mode fs.FileMode) string {
	switch {
	case mode&os.ModeNamedPipe != 0:
		return "a pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	case mode&os.ModeDevice != 0:
		return "a device"
	}
	return "not a regular file"
}

// included tells whether a file or a folder above it is among the includes.
func included(patterns []pattern, name string) bool {
	if matchPatterns(patterns, name, false) {
		return true
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if matchPatterns(patterns, dir, true) {
			return true
		}
	}
	return false
}
