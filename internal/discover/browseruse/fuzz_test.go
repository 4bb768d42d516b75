package browseruse

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of browser-use.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from browser_use import Agent, Controller, Browser, BrowserProfile, ChatOpenAI\nc = Controller()\n",
		"@c.action('x')\ndef f(): return Agent(task=f, llm=c, controller=c).run(max_steps=f)\n",
		"a = Agent(a, ChatOpenAI(model=a), browser=Browser(config=BrowserProfile(allowed_domains=[a])), tools=a)\na.run(a)\n")
}
