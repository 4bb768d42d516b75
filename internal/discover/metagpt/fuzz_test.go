package metagpt

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of MetaGPT.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from metagpt.roles import Role\nfrom metagpt.actions import Action, UserRequirement\nfrom metagpt.team import Team\n",
		"class A(Action):\n    async def run(self, x): return await self._aask(x)\nclass R(Role):\n    name = R\n    def __init__(self): self.set_actions([A, R]); self._watch([A, UserRequirement])\nt = Team(roles=[R(), t])\nt.hire([R(name='x'), t])\nt.invest(t)\nt.run(n_round=t)\n",
		"R = Role(actions=[R], watch=R, tools=['<all>', R])\n")
}
