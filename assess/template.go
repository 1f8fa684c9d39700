package assess

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

//go:embed templates
var templateFiles embed.FS

// ErrTemplate means there is no template of that code.
var ErrTemplate = fault.New(fault.Invalid, "assess.template_unknown")

// A Template is a rule table somebody really uses, to begin a scheme with. It
// names no units.
type Template struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Source string `json:"source"` // whose it is
	About  string `json:"about"`  // what of it is left to be decided
	Plan   Plan   `json:"plan"`
	Rules  []Spec `json:"rules"`
}

// templates returns those that come with the product, in the order they are
// shown. They are the caller's own, who may change them.
func templates() ([]Template, error) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("assess: templates: %w", err)
	}
	all := make([]Template, len(files))
	for i, f := range files {
		b, err := templateFiles.ReadFile("templates/" + f.Name())
		if err == nil {
			err = json.Unmarshal(b, &all[i])
		}
		if err != nil {
			return nil, fmt.Errorf("assess: template %s: %w", f.Name(), err)
		}
	}
	return all, nil
}

func listTemplates(context.Context, *tenant.Tx, feature.None) (l feature.List[Template], err error) {
	l.Items, err = templates()
	return l, err
}

func templateOf(code string) (Template, error) {
	all, err := templates()
	if err != nil {
		return Template{}, err
	}
	for _, t := range all {
		if t.Code == code {
			return t, nil
		}
	}
	return Template{}, ErrTemplate.On("template")
}
