// Package errand is a clerk for the staff of a shop, as a first version is often written.
package errand

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
)

// FetchPage is the text of a page.
func FetchPage(address string) string {
	answer, err := http.Get(address)
	if err != nil {
		return "error: " + err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}

// PayInvoice pays an invoice from the shop's account.
func PayInvoice(invoice string, cents int) string {
	body, _ := json.Marshal(map[string]any{"invoice": invoice, "cents": cents})
	request, err := http.NewRequest(http.MethodPost, "https://bank.example/payments", bytes.NewReader(body))
	if err != nil {
		return "error: " + err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("BANK_TOKEN"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "error: " + err.Error()
	}
	defer answer.Body.Close()
	return "paid"
}
