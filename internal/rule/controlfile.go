package rule

import (
	"path"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// controlKeys lists the keys of control.yaml; all but maps must stand in each. What people read stands in pattern.yaml, so
// that a scan need not read it.
var controlKeys = []string{"id", "title", "gist", "effect", "efficacy", "defeated_by", "where", "maps", "doc"}

var effectWords = []string{EffectBlocks, EffectWeakens}

// readControl reads a control; nil with diagnostics when anything is wrong with it.
func readControl(file *source.File, folder string, options Options) (*Control, []source.Diagnostic) {
	d := &decoder{file: file}
	root := d.open("a control")
	if root.IsZero() {
		return nil, d.troubles
	}
	keys := d.keys(root, "a control", controlKeys)
	for _, name := range controlKeys {
		if _, ok := keys[name]; !ok && name != "maps" {
			d.trouble("missing-key", file.Span(0, 0), "", "the control has no %s", name)
		}
	}
	scalar := func(name string) string {
		k, ok := keys[name]
		if !ok {
			return ""
		}
		return strings.TrimRight(d.text(k.value, name), "\n")
	}
	c := &Control{
		File: file, ID: scalar("id"), Title: scalar("title"), Gist: scalar("gist"), Effect: scalar("effect"),
		Doc: scalar("doc"), Maps: map[string][]string{},
	}
	if k, ok := keys["id"]; ok && c.ID != "" {
		switch {
		case !idForm.MatchString(c.ID):
			d.trouble("bad-id", k.value.Span(), "use lower case words joined by hyphens", "%q is not an id", c.ID)
		case path.Base(folder) != c.ID:
			d.trouble("id-and-folder", k.value.Span(), "the folder's name is the id", "control %s stands in folder %s", c.ID, path.Base(folder))
		}
	}
	if k, ok := keys["effect"]; ok && c.Effect != "" && !contains(effectWords, c.Effect) {
		d.trouble("bad-effect", k.value.Span(), didYouMean(c.Effect, effectWords), "a control cannot have the effect %q", c.Effect)
	}
	if k, ok := keys["efficacy"]; ok {
		c.Efficacy = *d.chanceOf(k, "efficacy", options.Rows)
	}
	if k, ok := keys["defeated_by"]; ok {
		words, at := d.texts(k.value, "defeated_by")
		for i, word := range words {
			if !contains(capabilityNames(), word) {
				d.trouble("unknown-capability", at[i].Span(), didYouMean(word, capabilityNames()), "%q is not a capability", word)
			}
			c.DefeatedBy = append(c.DefeatedBy, model.Capability(word))
		}
	}
	if k, ok := keys["where"]; ok {
		c.Where = d.kinds(k.value, "where", elementKindSet, flowKindSet)
		if len(c.Where) == 0 {
			d.trouble("empty-value", k.value.Span(), "name the kinds that it may stand on", "where is empty")
		}
	}
	if k, ok := keys["maps"]; ok {
		c.Maps = d.mapsOf(k.value, options.Resolver)
	}
	if d.failed() {
		return nil, d.troubles
	}
	return c, d.troubles
}
