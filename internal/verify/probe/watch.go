package probe

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// watcher follows the processes of one start. Where the system shows processes as files (Linux), it finds
// descendants even when they left the group, by their parents and by a mark in their environment; elsewhere it knows
// the group only.
type watcher struct {
	mark   string
	memory int64

	mu    sync.Mutex
	first int
	known map[int]string // start time by pid: a number may be used again
	most  int
	over  bool
	quit  chan struct{}
	ended chan struct{}
}

func newWatcher(pid int, mark string, memory int64) *watcher {
	w := &watcher{mark: mark, memory: memory, first: pid, known: map[int]string{}, most: 1, quit: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for {
			if rss := w.look(); w.memory > 0 && rss > w.memory {
				w.mu.Lock()
				w.over = true
				w.mu.Unlock()
				killGroup(pid)
			}
			select {
			case <-w.quit:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return w
}

// exceeded tells whether the server was killed for its memory.
func (w *watcher) exceeded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// look notes the descendants of today and gives the memory that they hold, in bytes.
func (w *watcher) look() int64 {
	all := processes()
	w.mu.Lock()
	defer w.mu.Unlock()
	for grown := true; grown; {
		grown = false
		for pid, p := range all {
			if w.known[pid] == p.started {
				continue
			}
			_, child := w.known[p.parent]
			if pid == w.first || p.group == w.first || child && w.known[p.parent] == all[p.parent].started {
				w.known[pid], grown = p.started, true
			}
		}
	}
	var rss int64
	alive := 0
	for pid, started := range w.known {
		if p, ok := all[pid]; ok && p.started == started {
			alive++
			rss += p.rss
		}
	}
	w.most = max(w.most, alive)
	return rss
}

// stop kills what is there and looks whether it is gone. Lingering are those that were left by a server that ended
// when it was asked to.
func (w *watcher) stop(pid int, asked bool) (seen, left, lingering int, traced bool) {
	close(w.quit)
	<-w.ended
	w.look()
	if asked {
		lingering = len(w.alive())
	}
	killGroup(pid)
	traced = len(processes()) > 0
	for range 40 {
		list := w.alive()
		for _, p := range list {
			kill(p)
		}
		left = len(list)
		if left == 0 && !groupThere(pid) {
			break
		}
		if !traced && groupThere(pid) {
			left = 1
		}
		time.Sleep(50 * time.Millisecond)
		w.look()
	}
	return w.most, left, lingering, traced
}

// alive are the known or marked processes that still run.
func (w *watcher) alive() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []int
	for pid, p := range processes() {
		if p.zombie {
			continue // it runs no longer, and its parent has not asked how it ended
		}
		if w.known[pid] == p.started && p.started != "" || marked(pid, w.mark) {
			list = append(list, pid)
		}
	}
	return list
}

type processInfo struct {
	parent, group int
	started       string
	rss           int64
	zombie        bool
}

// processes reads what the system shows; nothing where there is no such folder.
func processes() map[int]processInfo {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	out := map[int]processInfo{}
	page := int64(os.Getpagesize())
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		content, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue // gone meanwhile
		}
		// The name, in parentheses, may hold anything; what follows it is numbers.
		text := string(content)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(fields) < 22 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		group, _ := strconv.Atoi(fields[2])
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		out[pid] = processInfo{parent: parent, group: group, started: fields[19], rss: pages * page, zombie: fields[0] == "Z"}
	}
	return out
}

func marked(pid int, mark string) bool {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && strings.Contains(string(content), markName+"="+mark)
}
