package discover

import (
	"sort"
	"strconv"
	"strings"
)

// name gives every element its id, from where it is defined.
func (l *linker) name() {
	wanted := map[string][]*joined{}
	var ids []string
	for _, key := range l.keys {
		j := l.byKey[key]
		id := j.ref.path + ":" + j.ref.symbol
		if j.ref.symbol == "" {
			id = j.ref.path + ":" + string(j.model.Kind)
			if s := slug(j.slug); s != "" {
				id += "-" + s
			}
		}
		if strings.HasPrefix(key, sharedKey) {
			id = j.ref.path + ":" + slug(j.ref.symbol)
			if s := j.ref.sharedIn(); s != "" && s != TreeSystem {
				id = s + "/" + id
			}
		}
		if wanted[id] == nil {
			ids = append(ids, id)
		}
		wanted[id] = append(wanted[id], j)
	}
	taken := map[string]bool{}
	for _, id := range ids {
		taken[id] = true
	}
	for _, id := range ids {
		group := wanted[id]
		sort.SliceStable(group, func(i, k int) bool {
			a, b := group[i].model.Evidence, group[k].model.Evidence
			if len(a) == 0 || len(b) == 0 {
				return len(a) > len(b)
			}
			return before(a[0], b[0])
		})
		turn := 2
		for i, j := range group {
			own := id
			if i > 0 {
				// The same name again (a notebook's cells, a loop): told apart by what it is, then by its turn.
				if s := slug(j.model.Name); s != "" && !strings.HasSuffix(id, s) {
					own = id + "~" + s
				}
				for ; own == id || taken[own]; turn++ { // lower ones stay taken
					own = id + "~" + strconv.Itoa(turn)
				}
				taken[own] = true
			}
			j.model.ID = own
			j.aliases()
		}
	}
}

func (j *joined) aliases() {
	m := j.model
	if j.ref.symbol != "" && !strings.HasPrefix(j.key, sharedKey) {
		m.Aliases = append(m.Aliases, j.ref.symbol, j.ref.symbol[strings.LastIndexByte(j.ref.symbol, '.')+1:])
	}
	sort.Strings(m.Aliases)
	var kept []string
	for _, a := range m.Aliases {
		if a != "" && a != m.Name && a != m.ID && (len(kept) == 0 || a != kept[len(kept)-1]) {
			kept = append(kept, a)
		}
	}
	m.Aliases = kept
}

// slug is a name as it may stand in an id.
func slug(s string) string {
	var b strings.Builder
	dash := false
	for _, c := range strings.ToLower(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '.', c == '/', c > 0x7f && c != 0xfffd:
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(c)
		default:
			dash = true
		}
		if b.Len() >= 60 {
			break
		}
	}
	return b.String()
}
