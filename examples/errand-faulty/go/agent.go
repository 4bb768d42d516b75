package errand

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

var notes []string

var functions = map[string]func(given map[string]any) string{
	"FetchPage": func(given map[string]any) string { return FetchPage(given["address"].(string)) },
	"PayInvoice": func(given map[string]any) string {
		return PayInvoice(given["invoice"].(string), int(given["cents"].(float64)))
	},
}

var tools = []openai.Tool{
	{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: "FetchPage", Description: "The text of a page.", Parameters: map[string]any{"type": "object"},
	}},
	{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: "PayInvoice", Description: "Pay an invoice from the shop's account.", Parameters: map[string]any{"type": "object"},
	}},
}

// Run answers one question of one user.
func Run(ctx context.Context, user, question string) (string, error) {
	log.Printf("%s asks: %s", user, question)
	client := openai.NewClient(os.Getenv("OPENAI_API_KEY"))
	messages := []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: "You run errands for a shop. The user asks: " + question + ". Earlier: " + strings.Join(notes, "; ")},
		{Role: openai.ChatMessageRoleUser, Content: question},
	}
	for {
		answer, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: "gpt-4.1", Messages: messages, Tools: tools})
		if err != nil {
			return "", err
		}
		said := answer.Choices[0].Message
		if len(said.ToolCalls) == 0 {
			notes = append(notes, question)
			return said.Content, nil
		}
		messages = append(messages, said)
		for _, wanted := range said.ToolCalls {
			var given map[string]any
			_ = json.Unmarshal([]byte(wanted.Function.Arguments), &given)
			result := functions[wanted.Function.Name](given)
			messages = append(messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleTool, ToolCallID: wanted.ID, Content: result})
		}
	}
}
