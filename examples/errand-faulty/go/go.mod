module errand

go 1.24

require github.com/sashabaranov/go-openai v1.41.2

// A small part of the library's interface, so that the example builds without a network.
replace github.com/sashabaranov/go-openai => ../../errand/go/third_party/go-openai
