// Package errand is a clerk for the staff of a shop.
package errand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	patience = 10 * time.Second
	mostPaid = 50_000
)

var hosts = map[string]bool{"shop.example": true, "www.shop.example": true}

var client = &http.Client{Timeout: patience}

// FetchPage is the text of a page of the shop.
func FetchPage(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !hosts[u.Hostname()] {
		return "", errors.New("only pages of the shop are read")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", errors.New("that is no address")
	}
	answer, err := client.Do(request)
	if err != nil {
		return "the page cannot be read now", nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return string(text), err
}

// PayInvoice pays an invoice from the shop's account.
func PayInvoice(ctx context.Context, invoice string, cents int) (string, error) {
	if cents <= 0 || cents > mostPaid {
		return "", errors.New("that is not an amount that can be paid")
	}
	body, err := json.Marshal(map[string]any{"invoice": invoice, "cents": cents})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://bank.example/payments", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("BANK_TOKEN"))
	answer, err := client.Do(request)
	if err != nil {
		return "the bank cannot be reached", nil
	}
	defer answer.Body.Close()
	return "paid", nil
}
