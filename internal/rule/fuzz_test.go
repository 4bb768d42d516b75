package rule

import (
	"testing"
	"testing/fstest"
)

// FuzzLoad feeds rules to the loader, as --rules does with files of a stranger: no panic, and what loads can be asked.
func FuzzLoad(f *testing.F) {
	f.Add(sound)
	f.Add("id: sample\nbind: [{name: x, from: flow.to}]\nwhen: flow.to.facts.shared ? flow : x\non: flow\n")
	f.Add("on: cycle\nwhen: >-\n cycle.members.exists(m,\n m.host.facts.x)\nmessage: '{'\nrequires: ['@', 'a:b@c']\n")
	f.Add("controls: [{control: [], on: x}]\nmaps: [1]\nsuccess: {pert: {a: b}}\n")
	world := system(f, team)
	controls := someControls(f)
	f.Fuzz(func(t *testing.T, text string) {
		set, _ := Load(Options{Controls: controls, Resolver: someEntries}, Source{FS: ruleTree(text), Name: "rules", Check: true})
		evaluate(t, set, world)
	})
}

// FuzzFixture feeds archives to the reader of fixtures.
func FuzzFixture(f *testing.F) {
	f.Add([]byte("-- a.yaml --\nelements: # want \"x\" question `y`\n"))
	f.Add([]byte("-- a --\n# want blocked \"\\\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fixture, err := ParseFixture(data)
		if (fixture == nil) == (err == nil) {
			t.Errorf("%v, %v", fixture, err)
		}
	})
}

// FuzzControl feeds controls to the loader.
func FuzzControl(f *testing.F) {
	f.Add(soundControl)
	f.Fuzz(func(_ *testing.T, text string) {
		LoadControls(Options{Resolver: someEntries}, Source{FS: fstest.MapFS{"sandbox/control.yaml": {Data: []byte(text)}}, Name: "controls"})
	})
}
