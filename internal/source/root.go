package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"unicode/utf8"
)

// Limits bound what a root hands out. A limit of zero takes the default.
type Limits struct {
	FileSize int64 // bytes of one file; default 8 MiB
	Files    int   // files listed; default 200,000
	Depth    int   // folders below the root; default 64
	Bytes    int64 // bytes of all listed files together; default 2 GiB
}

func (l Limits) orDefault() Limits {
	if l.FileSize == 0 {
		l.FileSize = 8 << 20
	}
	if l.Files == 0 {
		l.Files = 200_000
	}
	if l.Depth == 0 {
		l.Depth = 64
	}
	if l.Bytes == 0 {
		l.Bytes = 2 << 30
	}
	return l
}

// Options say what of a root is wanted. Include and Exclude are globs as in a .gitignore ("*.py" at any depth,
// "src/**/*.ts" from the root, a folder stands for all below it), with {a,b} for alternatives.
type Options struct {
	Limits      Limits
	Include     []string               // when not empty, a file must match one
	Exclude     []string               // what matches is left out
	NoGitignore bool                   // read what .gitignore files leave out, too
	Vendored    bool                   // enter folders of installed packages (node_modules, .venv, …), too
	Want        func(path string) bool // nil wants every file; what is not wanted is skipped as [NoReader]
}

// Reason says why something was passed over.
type Reason string

// The reasons.
const (
	Ignored    Reason = "ignored"     // by a .gitignore
	Excluded   Reason = "excluded"    // by the user's exclude, or not among the includes
	Vendored   Reason = "vendored"    // a folder of installed packages or caches
	Metadata   Reason = "metadata"    // a version control folder
	NoReader   Reason = "no-reader"   // nothing reads this kind of file
	TooLarge   Reason = "too-large"   // over Limits.FileSize
	TooMany    Reason = "too-many"    // after Limits.Files or Limits.Bytes was reached
	TooDeep    Reason = "too-deep"    // below Limits.Depth
	Binary     Reason = "binary"      // a NUL byte near the beginning
	Link       Reason = "link"        // a symbolic link: what it names is read under its own name, if it is inside the root
	Special    Reason = "special"     // a device, pipe or socket
	Unreadable Reason = "unreadable"  // the operating system refused
	Gone       Reason = "gone"        // listed, but not there when it was read
	BadPattern Reason = "bad-pattern" // a .gitignore line that could not be understood was passed over
)

// Skip is something that was passed over, for the ledger. A folder's path ends in a slash.
type Skip struct {
	Path   string
	Reason Reason
	Detail string // what the operating system said, or the limit; may be empty
	Files  int    // how many files a skipped folder holds, where that was counted
}

// Entry is one file that can be read.
type Entry struct {
	Path string // relative to the root, with slashes
	Size int64
}

// Root is a folder (or a single file) that may be read, and nothing outside it: the operating system itself refuses
// to leave it, even by a link that is swapped in while we read.
//
// Symbolic links are never followed, neither to folders (which could loop) nor to files (which would be read twice).
// What a link names is read under its own name when it is inside the root. The root itself may be a link: the user
// named it.
type Root struct {
	dir     *os.Root
	single  string // the only file, when the root is one
	options Options
	include []pattern
	exclude []pattern
}

// Open opens a folder or a single file. Close it after use.
func Open(name string, options Options) (*Root, error) {
	options.Limits = options.Limits.orDefault()
	r := &Root{options: options}
	var err error
	if r.include, err = parseGlobs(options.Include); err != nil {
		return nil, fmt.Errorf("include: %w", err)
	}
	if r.exclude, err = parseGlobs(options.Exclude); err != nil {
		return nil, fmt.Errorf("exclude: %w", err)
	}
	// A link that the user names is followed here, once.
	resolved, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, plainError(name, err)
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return nil, plainError(name, err)
	}
	folder := resolved
	switch {
	case info.IsDir():
	case info.Mode().IsRegular():
		folder, r.single = filepath.Dir(resolved), filepath.Base(resolved)
	default:
		return nil, fmt.Errorf("%s: neither a folder nor a regular file", name)
	}
	if r.dir, err = os.OpenRoot(folder); err != nil {
		return nil, plainError(name, err)
	}
	return r, nil
}

// Close gives the folder back to the operating system.
func (r *Root) Close() error { return r.dir.Close() }

// plainError says the path once, as the user wrote it, and the system's reason.
func plainError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// List names the files in the order of their paths, and what was passed over. The error is only about the root
// itself or the context; a folder that cannot be read is a Skip.
func (r *Root) List(ctx context.Context) ([]Entry, []Skip, error) {
	if r.single != "" {
		info, err := r.dir.Stat(r.single)
		if err != nil {
			return nil, nil, plainError(r.single, err)
		}
		if info.Size() > r.options.Limits.FileSize {
			return nil, []Skip{r.tooLarge(r.single, info.Size())}, nil
		}
		return []Entry{{Path: r.single, Size: info.Size()}}, nil, nil
	}
	w := &walk{root: r, limits: r.options.Limits}
	if err := w.folder(ctx, ".", nil, 0); err != nil {
		return nil, nil, err
	}
	return w.finish()
}

func (r *Root) tooLarge(path string, size int64) Skip {
	return Skip{Path: path, Reason: TooLarge, Detail: fmt.Sprintf("%s, the limit is %s", humanBytes(size), humanBytes(r.options.Limits.FileSize))}
}

// humanBytes writes a size as people do.
func humanBytes(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// buffers holds read buffers; a buffer's content is copied into a slice of the right size.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Read reads one listed file. It may be called by many goroutines. Exactly one of the results is nil.
func (r *Root) Read(e Entry) (*File, *Skip) {
	content, skip := r.read(e.Path)
	if skip != nil {
		return nil, skip
	}
	return NewFile(e.Path, content), nil
}

func (r *Root) read(path string) ([]byte, *Skip) {
	refuse := func(err error) *Skip {
		reason := Unreadable
		if errors.Is(err, fs.ErrNotExist) {
			reason = Gone
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return &Skip{Path: path, Reason: reason, Detail: err.Error()}
	}
	// List hands out regular files only; but opening a pipe that was put in the place of one would wait for its
	// writer for ever.
	file, err := r.dir.OpenFile(filepath.FromSlash(path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, refuse(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, refuse(err)
	}
	if !info.Mode().IsRegular() {
		return nil, &Skip{Path: path, Reason: Special}
	}
	limit := r.options.Limits.FileSize
	if info.Size() > limit {
		skip := r.tooLarge(path, info.Size())
		return nil, &skip
	}
	// The first block tells text from binary, so that a large binary file costs one block.
	content := make([]byte, 0, info.Size()+1)
	head, err := readBlock(file, content, min(cap(content), binaryWindow))
	if err != nil {
		return nil, refuse(err)
	}
	if isBinary(head) {
		return nil, &Skip{Path: path, Reason: Binary}
	}
	content, err = readBlock(file, head, cap(head))
	if err == nil && len(content) == cap(content) {
		// The file grew since it was listed, or lies about its size as those of /proc do.
		buffer := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(buffer)
		buffer.Reset()
		_, err = buffer.ReadFrom(io.LimitReader(file, limit+1-int64(len(content))))
		content = append(content, buffer.Bytes()...)
	}
	if err != nil {
		return nil, refuse(err)
	}
	if int64(len(content)) > limit {
		skip := r.tooLarge(path, int64(len(content)))
		return nil, &skip
	}
	if len(head) < binaryWindow && isBinary(content[:min(len(content), binaryWindow)]) {
		return nil, &Skip{Path: path, Reason: Binary}
	}
	return content, nil
}

// readBlock reads until content has length to, or the file ends.
func readBlock(file *os.File, content []byte, to int) ([]byte, error) {
	for len(content) < to {
		n, err := file.Read(content[len(content):to])
		content = content[:len(content)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return content, nil
}

const binaryWindow = 8 << 10

// isBinary tells by a NUL byte, as git does. UTF-16 text has NUL bytes too but begins with a mark; its reader says
// more about it than "binary" would.
func isBinary(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return false
	}
	return bytes.IndexByte(head, 0) >= 0
}

// ValidUTF8 tells whether the content is UTF-8 all through. Readers take other files too, with question marks.
func (f *File) ValidUTF8() bool { return utf8.Valid(f.content) }

// lineOffsets is the line table of a File.
func lineOffsets(content []byte) []int32 {
	lines := make([]int32, 1, bytes.Count(content, []byte{'\n'})+1)
	for at := 0; ; {
		n := bytes.IndexByte(content[at:], '\n')
		if n < 0 {
			return lines
		}
		at += n + 1
		lines = append(lines, int32(at))
	}
}
