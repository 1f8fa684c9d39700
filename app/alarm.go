package app

import (
	"context"

	"hetu/audit"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/web"
)

// alarm tells those who read the audit that an address is refused (AN-03).
func alarm(ctx context.Context, tx *tenant.Tx, address string) error {
	watching, err := rbac.Holders(ctx, tx, audit.Read, nil)
	if err != nil {
		return err
	}
	return message.Send(ctx, tx, message.Notice{
		To: watching, Code: "org.alarm", Href: "/audit?action=org.alarm", Params: map[string]string{"address": address},
	})
}

// auditWords are what actions are called in the web app, for the workbook of the
// audit: one list of words serves both.
func auditWords() map[string]feature.Text {
	zh, en := web.Words("zh-CN", "audit.action."), web.Words("en", "audit.action.")
	words := make(map[string]feature.Text, len(zh))
	for action, word := range zh {
		words[action] = feature.Text{ZH: word, EN: en[action]}
	}
	return words
}
