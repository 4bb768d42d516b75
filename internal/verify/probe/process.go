package probe

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	maxLine   = 16 << 20  // of one message
	maxOutput = 512 << 20 // of all messages of one process
	maxTail   = 4 << 10   // of what goes to standard error
	markName  = "FERMATA_PROBE"
)

// sandbox is the folder that servers of one probe work in.
type sandbox struct {
	root, home, tmp, work, outside string
	canary                         string // content of the file outside the working folder
	mark                           string // stands in the environment of everything that is started
}

func newSandbox() (*sandbox, error) {
	root, err := os.MkdirTemp("", "fermata-probe-")
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	s := &sandbox{
		root: root, home: filepath.Join(root, "home"), tmp: filepath.Join(root, "tmp"), work: filepath.Join(root, "work"), outside: filepath.Join(root, "outside"),
		canary: "canary-" + random(), mark: random(),
	}
	for _, dir := range []string{s.home, s.tmp, s.work, s.outside} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, errors.Join(err, os.RemoveAll(root))
		}
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(s.outside, "canary.txt"), []byte(s.canary+"\n"), 0o600),
		os.WriteFile(filepath.Join(s.work, "probe.txt"), []byte("a harmless file\n"), 0o600))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	// A link out of the folder, as somebody may have left it. Where there are no links, that way is not tried.
	_ = os.Symlink(filepath.Join(s.outside, "canary.txt"), filepath.Join(s.work, "link.txt"))
	return s, nil
}

func (s *sandbox) remove() error {
	return os.RemoveAll(s.root)
}

func random() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// environment is what a server gets: where to put files, how to find programs, and what was named.
func (s *sandbox) environment(names []string) []string {
	env := []string{"HOME=" + s.home, "TMPDIR=" + s.tmp, "TEMP=" + s.tmp, "TMP=" + s.tmp, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", markName + "=" + s.mark}
	if runtime.GOOS == "windows" {
		names = append([]string{"SystemRoot", "ComSpec", "PATHEXT"}, names...)
	}
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// limits are set by a shell before it becomes the server, since a limit that is set after the start comes too late.
// A limit that the system does not take is passed over.
const limits = `ulimit -c 0; ulimit -t 300; ulimit -n 1024; ulimit -f 131072; exec "$@"`

// process is one start of a server.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *filter
	stderr *tail
	done   chan struct{} // closed when the first process has ended
	watch  *watcher
}

// resolve finds the program, gives existing files of the current folder their full names (the server runs elsewhere)
// and puts the working folder in for {work}.
func resolve(command []string, s *sandbox) ([]string, error) {
	out := make([]string, len(command))
	for i, arg := range command {
		out[i] = strings.ReplaceAll(arg, "{work}", s.work)
		if i == 0 || filepath.IsAbs(arg) || strings.HasPrefix(arg, "-") {
			continue
		}
		if info, err := os.Stat(arg); err == nil && (strings.ContainsAny(arg, `/\.`) || !info.IsDir()) {
			if full, err := filepath.Abs(arg); err == nil {
				out[i] = full
			}
		}
	}
	path, err := exec.LookPath(out[0])
	if err != nil {
		return nil, &StartError{Command: command[0], Reason: "no such program is found"}
	}
	if out[0], err = filepath.Abs(path); err != nil {
		return nil, err
	}
	return out, nil
}

// StartError is a server that could not be started or reached.
type StartError struct{ Command, Reason string }

// Error says what could not be started.
func (e *StartError) Error() string { return fmt.Sprintf("start %s: %s", e.Command, e.Reason) }

func start(command, names []string, s *sandbox, memory int64) (*process, error) {
	args, err := resolve(command, s)
	if err != nil {
		return nil, err
	}
	if shell, err := exec.LookPath("sh"); err == nil && runtime.GOOS != "windows" {
		args = append([]string{shell, "-c", limits, "sh"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // the command that the user gave
	cmd.Dir, cmd.Env = s.work, s.environment(names)
	ownGroup(cmd)
	p := &process{cmd: cmd, stderr: &tail{}, done: make(chan struct{})}
	cmd.Stderr = p.stderr
	cmd.WaitDelay = 200 * time.Millisecond // grandchildren may hold standard error open
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	// A pipe of our own: that of the library is closed when the process ends, and what was written last would be lost.
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = writer
	err = cmd.Start()
	_ = writer.Close()
	if err != nil {
		_ = reader.Close()
		return nil, &StartError{Command: command[0], Reason: reason(err)}
	}
	p.out = newFilter(reader)
	p.watch = newWatcher(cmd.Process.Pid, s.mark, memory)
	go func() {
		_ = cmd.Wait() // how it ended does not matter, that it ended does
		close(p.done)
	}()
	return p, nil
}

func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// ended tells whether the server is gone.
func (p *process) ended(wait time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(wait):
		return false
	}
}

// stop ends everything that the start brought about and counts what is left. Closing standard input is how the
// protocol asks a server to go.
func (p *process) stop() (seen, left, lingering int, traced bool) {
	_ = p.stdin.Close()
	asked := p.ended(500 * time.Millisecond)
	seen, left, lingering, traced = p.watch.stop(p.cmd.Process.Pid, asked)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		left = max(left, 1)
	}
	p.out.close()
	return seen, left, lingering, traced
}

// tail keeps the end of what is written to it.
type tail struct {
	sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.Lock()
	defer t.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.Lock()
	defer t.Unlock()
	return string(t.kept)
}

// filter lets messages through and keeps everything else that a server prints: one such line would end the session of
// a client that takes all lines for messages.
type filter struct {
	from *os.File
	*io.PipeReader
	into *io.PipeWriter

	mu     sync.Mutex
	opened *sync.Cond
	closed bool
	paused bool
	noise  []string // the first lines that were no messages
	count  int
	excess bool
}

func newFilter(from *os.File) *filter {
	f := &filter{from: from}
	f.opened = sync.NewCond(&f.mu)
	f.PipeReader, f.into = io.Pipe()
	go f.run()
	return f
}

// pause stops reading, as a slow client does, until it is called with false.
func (f *filter) pause(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused = on
	f.opened.Broadcast()
}

func (f *filter) close() {
	f.mu.Lock()
	f.closed = true
	f.opened.Broadcast()
	f.mu.Unlock()
	_ = f.from.Close()
	_ = f.PipeReader.Close()
}

func (f *filter) run() {
	chunk, line, total := make([]byte, 64<<10), []byte(nil), 0
	for {
		f.mu.Lock()
		for f.paused && !f.closed {
			f.opened.Wait()
		}
		f.mu.Unlock()
		n, err := f.from.Read(chunk)
		total += n
		line = append(line, chunk[:n]...)
		for {
			end := bytes.IndexByte(line, '\n')
			if end < 0 {
				break
			}
			if !f.pass(line[:end]) {
				return
			}
			line = line[end+1:]
		}
		switch {
		case len(line) > maxLine || total > maxOutput:
			f.mu.Lock()
			f.excess = true
			f.mu.Unlock()
			_ = f.into.CloseWithError(errors.New("the server writes without end"))
			return
		case err != nil:
			f.pass(line)
			_ = f.into.CloseWithError(io.EOF)
			return
		}
	}
}

func (f *filter) pass(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return true
	}
	if (line[0] == '{' || line[0] == '[') && json.Valid(line) {
		_, err := f.into.Write(append(bytes.Clone(line), '\n'))
		return err == nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if len(f.noise) < 3 {
		f.noise = append(f.noise, string(line[:min(len(line), 200)]))
	}
	return true
}

func (f *filter) noisy() (lines []string, count int, excess bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.noise, f.count, f.excess
}

// within runs f and gives up on it when the context ends: a library call that does not heed its context must not hold
// a probe.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ch := make(chan answer, 1)
	go func() {
		v, err := f()
		ch <- answer{v, err}
	}()
	select {
	case a := <-ch:
		return a.value, a.err
	case <-ctx.Done():
		// What came at the same moment counts.
		select {
		case a := <-ch:
			return a.value, a.err
		default:
		}
		var none T
		return none, ctx.Err()
	}
}
