package discover

// A server that anybody reaches in the file that runs it may be given its check in another: where it is made, or where
// all middleware is put together. That nobody is asked is therefore said under a condition, and linking decides.

// Unbarred says that what is said here of the element counts only where no pass, on whatever file, says that something may
// stand before it: see [Pass.Bars]. It is for elements that others describe.
func (e *Element) Unbarred() *Element {
	e.unbarred = true
	return e
}

// Bars says that something is put before a thing that may ask who calls, and that could not be read.
func (p *Pass) Bars(ref Ref) {
	if !ref.IsZero() {
		p.fragment.bars = append(p.fragment.bars, ref)
	}
}

// bars finds before which elements something may stand.
func (l *linker) bars(fragments []fragment) {
	l.barred = map[string]bool{}
	for i := range fragments {
		for _, ref := range fragments[i].bars {
			for _, key := range l.remarked(ref) {
				l.barred[key] = true
			}
		}
	}
}
