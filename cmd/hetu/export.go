package main

import (
	"context"
	"fmt"
	"time"

	"hetu/app"
	"hetu/audit"
)

// doctorExport checks a file that somebody took out of the audit. It needs no
// database: whoever has the public key can check it anywhere.
type doctorExport struct {
	File string `arg:"" type:"existingfile" help:"The export, as it was downloaded."`
	Key  string `help:"Public key to trust, in base64; this installation's own if empty."`
}

// Run says what the export says of itself, or that it cannot be trusted.
func (d doctorExport) Run(ctx context.Context) error {
	trusted := []string{d.Key}
	if d.Key == "" {
		err := withNode(ctx, func(n *app.Node) error {
			trusted = append(n.Notary.Trusted, n.Notary.Key.Public())
			return nil
		})
		if err != nil {
			return err
		}
	}
	e, err := audit.CheckExport(d.File, trusted...)
	if err != nil {
		return err
	}
	fmt.Printf("ok: %d records of tenant %s, taken by %s at %s\n", e.Records, e.Tenant, e.By, e.At.Local().Format(time.DateTime))
	fmt.Printf("filter %v\nsha256 %s\nsealed then up to %d, head %s\n", e.Filter, e.SHA256, e.Seal, e.Head)
	return nil
}
