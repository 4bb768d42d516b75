package camel

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of CAMEL.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from camel.agents import ChatAgent\nfrom camel.societies import RolePlaying\nfrom camel.societies.workforce import Workforce\nfrom camel.toolkits import FunctionTool, SearchToolkit, MCPToolkit\nfrom camel.models import ModelFactory\n",
		"a = ChatAgent(a, model=ModelFactory.create(model_type=a), tools=[FunctionTool(a), *SearchToolkit().get_tools(), MCPToolkit(config_path=a)])\nw = Workforce(w, children=[w])\nw.add_single_agent_worker(w, worker=a).add_workforce(w)\n",
		"r = RolePlaying(r, r, assistant_agent_kwargs={'tools': r})\nr.step(r)\nw = Workforce('x')\nw.add_role_playing_worker(w, w, w)\n")
}
