package settings

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program with settings.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import os\nfrom dataclasses import dataclass\nfrom pydantic_settings import BaseSettings\n",
		"class S(BaseSettings):\n    model: str = 'gpt-4o'\n    embedding_model = os.getenv('E', f'{S}')\n@dataclass\nclass AppConfig:\n    model_id: str = model_id\n")
}
