package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// services are parts of addresses where a request that sends is more than a request: it reaches a person, or moves money.
var services = []struct{ part, effect string }{
	{"api.sendgrid.com", "message-send"},
	{"api.mailgun.net", "message-send"},
	{"api.eu.mailgun.net", "message-send"},
	{"api.postmarkapp.com", "message-send"},
	{"api.resend.com", "message-send"},
	{"api.brevo.com", "message-send"},
	{"api.sendinblue.com", "message-send"},
	{"api.mailersend.com", "message-send"},
	{"api.sparkpost.com", "message-send"},
	{"mandrillapp.com/api", "message-send"},
	{"api.mailjet.com", "message-send"},
	{"api.elasticemail.com", "message-send"},
	{"gmail.googleapis.com", "message-send"},
	{"api.twilio.com", "message-send"},
	{"api.nexmo.com", "message-send"},
	{"rest.messagebird.com", "message-send"},
	{"slack.com/api/chat.", "message-send"},
	{"hooks.slack.com", "message-send"},
	{"discord.com/api", "message-send"},
	{"discordapp.com/api", "message-send"},
	{"api.telegram.org", "message-send"},
	{"graph.facebook.com", "message-send"},
	{"api.line.me", "message-send"},
	{"webhook.office.com", "message-send"},
	{"api.pushover.net", "message-send"},
	{"ntfy.sh", "message-send"},
	{"onesignal.com/api", "message-send"},
	{"api.stripe.com", "money"},
	{"api.paypal.com", "money"},
	{"api-m.paypal.com", "money"},
	{"api.razorpay.com", "money"},
	{"api.paystack.co", "money"},
	{"api.wise.com", "money"},
	{"api.transferwise.com", "money"},
	{"connect.squareup.com", "money"},
}

// delivered adds what a request that sends does at the service of its address.
func delivered(r *code.Resolver, call syntax.Node, effects []string) []string {
	if !slices.Contains(effects, "net-write") {
		return effects
	}
	address := call.Argument("url")
	if address.IsZero() {
		address = call.Child(1)
	}
	if address.IsZero() || address.Is(syntax.Keyword, syntax.Spread) {
		return effects
	}
	for _, v := range r.Eval(address).Each() {
		if !v.Is(code.String) {
			continue
		}
		text := strings.ToLower(v.Text)
		for _, s := range services {
			if strings.Contains(text, s.part) && !slices.Contains(effects, s.effect) {
				effects = append(slices.Clone(effects), s.effect)
			}
		}
	}
	return effects
}
