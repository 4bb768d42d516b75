package cli

import (
	"os"
	"strconv"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// screen says how wide the reader's terminal is and whether it shows colours. Output that goes to a file or a pipe has
// 100 columns and no colour, so that it is the same everywhere.
func (a *app) screen() (width int, colour bool) {
	var file *os.File
	isFile := false
	if out, ok := a.out.(*answer); ok {
		file, isFile = out.Writer.(*os.File)
	}
	onTerminal := isFile && term.IsTerminal(int(file.Fd()))
	width = 100
	if onTerminal {
		if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
			width = w
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	switch a.shared.colour {
	case "always":
		return width, true
	case "never":
		return width, false
	}
	return width, onTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// progress shows long work on a terminal, and nothing anywhere else.
type progress struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	stage string
	on    bool
	app   *app
}

func (a *app) progress() *progress {
	file, isFile := a.err.(*os.File)
	return &progress{app: a, on: isFile && term.IsTerminal(int(file.Fd())) && !a.shared.quiet}
}

func (p *progress) report(stage string, done, all int) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if stage != p.stage {
		p.clear()
		p.stage = stage
		p.bar = progressbar.NewOptions(all, progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetDescription(stage),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(80e6), progressbar.OptionShowCount())
	}
	if all != p.bar.GetMax() {
		p.bar.ChangeMax(all)
	}
	_ = p.bar.Set(done)
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
