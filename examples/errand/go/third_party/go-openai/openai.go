// Package openai has the part of the interface of github.com/sashabaranov/go-openai that the example uses, so that the
// example can be built and tested without a network. go.mod puts it in that library's place.
package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// GPT4Dot1 and the rest are the words of the interface.
const (
	GPT4Dot1              = "gpt-4.1"
	ChatMessageRoleSystem = "system"
	ChatMessageRoleUser   = "user"
	ChatMessageRoleTool   = "tool"
	ToolTypeFunction      = "function"
	defaultAddress        = "https://api.openai.com/v1"
	pathOfChatCompletions = "/chat/completions"
)

// ClientConfig says how the service is reached.
type ClientConfig struct {
	BaseURL    string
	HTTPClient *http.Client
	token      string
}

// DefaultConfig is the usual one.
func DefaultConfig(token string) ClientConfig {
	return ClientConfig{BaseURL: defaultAddress, HTTPClient: &http.Client{}, token: token}
}

// Client asks the service.
type Client struct{ config ClientConfig }

// NewClient makes a client.
func NewClient(token string) *Client { return NewClientWithConfig(DefaultConfig(token)) }

// NewClientWithConfig makes a client that reaches the service in a certain way.
func NewClientWithConfig(config ClientConfig) *Client { return &Client{config} }

// FunctionCall is what the model wants to be called.
type FunctionCall struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments,omitempty"`
}

// ToolCall is a call that the model asks for.
type ToolCall struct {
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type"`
	Function FunctionCall `json:"function"`
}

// ChatCompletionMessage is one message of a conversation.
type ChatCompletionMessage struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []ToolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

// FunctionDefinition describes a function to the model.
type FunctionDefinition struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Parameters  any    `json:"parameters"`
}

// Tool is a function that the model may ask for.
type Tool struct {
	Type     string              `json:"type"`
	Function *FunctionDefinition `json:"function,omitempty"`
}

// ChatCompletionRequest asks for the next message.
type ChatCompletionRequest struct {
	Model    string                  `json:"model"`
	Messages []ChatCompletionMessage `json:"messages"`
	Tools    []Tool                  `json:"tools,omitempty"`
}

// ChatCompletionChoice is one answer.
type ChatCompletionChoice struct {
	Message ChatCompletionMessage `json:"message"`
}

// ChatCompletionResponse is what comes back.
type ChatCompletionResponse struct {
	Choices []ChatCompletionChoice `json:"choices"`
}

// CreateChatCompletion asks for the next message.
func (c *Client) CreateChatCompletion(ctx context.Context, request ChatCompletionRequest) (response ChatCompletionResponse, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return response, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.BaseURL+pathOfChatCompletions, bytes.NewReader(body))
	if err != nil {
		return response, err
	}
	r.Header.Set("Authorization", "Bearer "+c.config.token)
	answer, err := c.config.HTTPClient.Do(r)
	if err != nil {
		return response, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&response); err != nil || len(response.Choices) == 0 {
		return response, errors.New("the service gave no answer")
	}
	return response, nil
}
