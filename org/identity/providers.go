package identity

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// mostProviders is how many a tenant has at most.
const mostProviders = 8

// A Setting is one field of a form, filled in.
type Setting struct {
	Name  string `json:"name" minLength:"1" maxLength:"40"`
	Value string `json:"value" maxLength:"16384"`
}

// Listed is a provider as its administrators see it: all but its secret.
type Listed struct {
	ID        uuid.UUID            `db:"id" json:"id"`
	Kind      string               `db:"kind" json:"kind"`
	Name      string               `db:"name" json:"name"`
	Enabled   bool                 `db:"enabled" json:"enabled"`
	Match     bool                 `db:"match" json:"match"` // who is not linked may be known by their login there
	Stored    tenant.Doc[Settings] `db:"settings" json:"-"`
	Settings  []Setting            `db:"-" json:"settings"`
	HasSecret bool                 `db:"has_secret" json:"has_secret"`
	Links     int                  `db:"links" json:"links"`
	Version   int                  `db:"version" json:"version"`
	ChangedBy string               `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time            `db:"changed_at" json:"changed_at"`
	Return    string               `db:"-" json:"redirect_uri"` // what is entered at the house, exactly; empty where the browser does not go there
}

const listed = `
	select p.id, p.kind, p.name, p.enabled, p.match, p.settings, p.secret is not null as has_secret, p.version, p.changed_by, p.changed_at,
	       (select count(*) from identity_links l where l.provider_id = p.id)::int as links
	  from identity_providers p`

// shown completes what the database knows of a provider.
func (h *House) shown(p *Listed) {
	k, ok := h.kinds[p.Kind]
	if !ok {
		p.Settings = []Setting{}
		return
	}
	about := k.About()
	p.Settings = make([]Setting, 0, len(about.Fields))
	for _, f := range about.Fields {
		p.Settings = append(p.Settings, Setting{f.Name, p.Stored.V[f.Name]})
	}
	if about.Form == Redirect {
		p.Return = h.returnTo("")
	}
}

func (h *House) listKinds(context.Context, *tenant.Tx, feature.None) (l feature.List[About], err error) {
	l.Items = []About{}
	for _, name := range slices.Sorted(maps.Keys(h.kinds)) {
		about := h.kinds[name].About()
		for i, f := range about.Fields {
			if f.Choices == nil {
				about.Fields[i].Choices = []string{}
			}
		}
		l.Items = append(l.Items, about)
	}
	return l, nil
}

func (h *House) listProviders(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Listed], err error) {
	l.Items = []Listed{}
	err = tx.Select(ctx, &l.Items, listed+` order by p.created_at, p.id`)
	for i := range l.Items {
		h.shown(&l.Items[i])
	}
	return l, err
}

func (h *House) one(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p Listed, err error) {
	err = tx.Get(ctx, &p, listed+` where p.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoProvider
	}
	h.shown(&p)
	return p, err
}

// Form is what an administrator fills in of a provider.
type Form struct {
	Name     string    `json:"name" minLength:"1" maxLength:"40"`
	Match    bool      `json:"match"`
	Settings []Setting `json:"settings" maxItems:"40"`
	Secret   *string   `json:"secret,omitempty" maxLength:"4096"` // missing: the one that is there stays; empty: none
}

// Validate returns the first thing wrong with the form.
func (f *Form) Validate() error { return feature.Trim(&f.Name, "name", 40) }

type newProvider struct {
	Kind string `json:"kind" enum:"oidc,ldap,wecom"`
	Form
}

// filled returns the settings of a form as its kind keeps them.
func filled(k Kind, f Form, secret string) (Settings, error) {
	about, in := k.About(), Settings{}
	for _, s := range f.Settings {
		if !slices.ContainsFunc(about.Fields, func(f Field) bool { return f.Name == s.Name }) {
			return nil, ErrUnknown.On("settings." + s.Name)
		}
		if _, twice := in[s.Name]; twice {
			return nil, feature.ErrTwice.On("settings." + s.Name)
		}
		in[s.Name] = s.Value
	}
	for _, f := range about.Fields {
		value, err := f.read(in[f.Name])
		if err != nil {
			return nil, err
		}
		in[f.Name] = value
	}
	if about.Secret == "required" && secret == "" {
		return nil, feature.ErrMissing.On("secret")
	}
	return k.Check(in, secret)
}

// read returns the value of a field as it is meant.
func (f Field) read(value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		value = f.Default
	}
	at, most := "settings."+f.Name, f.Max
	if most == 0 {
		most = 500
	}
	switch {
	case value == "" && f.Required:
		return "", feature.ErrMissing.On(at)
	case utf8.RuneCountInString(value) > most:
		return "", feature.ErrLong.On(at)
	case f.Type != "lines" && strings.ContainsAny(value, "\r\n"):
		return "", ErrSetting.On(at)
	case f.Type == "switch" && value != "true" && value != "false" && value != "":
		return "", ErrSetting.On(at)
	case f.Type == "choice" && value != "" && !slices.Contains(f.Choices, value):
		return "", feature.ErrChoice.On(at)
	}
	return value, nil
}

func (h *House) addProvider(ctx context.Context, tx *tenant.Tx, in newProvider) (p Listed, err error) {
	k, ok := h.kinds[in.Kind]
	if !ok {
		return p, feature.ErrChoice.On("kind")
	}
	var open string
	if in.Secret != nil {
		open = *in.Secret
	}
	settings, err := filled(k, in.Form, open)
	if err != nil {
		return p, err
	}
	id := tenant.NewID()
	sealed, err := h.seal(tx.Actor.Tenant, id, open)
	if err != nil {
		return p, err
	}
	// One at a time, so that the count is right.
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('identity/' || app_tenant()::text, 0))`); err != nil {
		return p, err
	}
	n, err := tx.Exec(ctx, `
		insert into identity_providers (id, kind, name, match, settings, secret, changed_by, changed_at, created_at)
		select $1, $2, $3, $4, $5, $6, $7, $8, $8 where (select count(*) from identity_providers) < $9`,
		id, in.Kind, in.Name, in.Match, tenant.JSON(settings), sealed, tx.Actor.Name, tx.Now, mostProviders)
	switch {
	case tenant.Constraint(err) == "identity_providers_name_uq":
		return p, ErrName
	case err != nil:
		return p, err
	case n == 0:
		return p, ErrMany
	}
	tx.Audit("identity.provider_added", object(id), map[string]any{"name": in.Name, "kind": in.Kind, "match": in.Match, "realm": k.Realm(settings)})
	return h.one(ctx, tx, id)
}

func object(id uuid.UUID) string { return "identity/provider/" + id.String() }

// about is what a secret is sealed for.
func about(tenantID, id uuid.UUID) string { return "identity/" + tenantID.String() + "/" + id.String() }

func (h *House) seal(tenantID, id uuid.UUID, open string) ([]byte, error) {
	if open == "" {
		return nil, nil
	}
	return h.Key.Seal([]byte(open), about(tenantID, id))
}

type edit struct {
	ID uuid.UUID `json:"-" path:"id"`
	Form
	Version int `json:"version" minimum:"1"`
}

// editProvider changes a provider. If its subjects are another house's from then
// on, its links are removed and what began by it ends.
func (h *House) editProvider(ctx context.Context, tx *tenant.Tx, in edit) (p Listed, err error) {
	was, err := h.take(ctx, tx, in.ID, in.Version)
	if err != nil {
		return p, err
	}
	k, ok := h.kinds[was.Kind]
	if !ok {
		return p, ErrNoProvider
	}
	open := was.Secret
	if in.Secret != nil {
		open = *in.Secret
	}
	settings, err := filled(k, in.Form, open)
	if err != nil {
		return p, err
	}
	moved := k.Realm(settings) != k.Realm(was.Settings)
	if moved && in.Secret == nil && was.Secret != "" {
		return p, ErrSecretAgain // or another house would be shown the secret of this one
	}
	sealed, err := h.seal(tx.Actor.Tenant, in.ID, open)
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `
		update identity_providers
		   set name = $2, match = $3, settings = $4, secret = $5, version = version + 1, changed_by = $6, changed_at = $7, changed = '{name,match,settings,secret}'
		 where id = $1`, in.ID, in.Name, in.Match, tenant.JSON(settings), sealed, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "identity_providers_name_uq" {
		return p, ErrName
	}
	if err != nil {
		return p, err
	}
	tx.Audit("identity.provider_changed", object(in.ID), map[string]any{"name": in.Name, "was": was.Name, "match": in.Match, "secret": in.Secret != nil, "realm": k.Realm(settings)})
	if moved {
		if err := unlinkAll(ctx, tx, in.ID, in.Name); err != nil {
			return p, err
		}
	}
	return h.one(ctx, tx, in.ID)
}

// unlinkAll removes the links of a provider and ends the sessions that began by
// it.
func unlinkAll(ctx context.Context, tx *tenant.Tx, id uuid.UUID, name string) error {
	n, err := tx.Exec(ctx, `delete from identity_links where provider_id = $1`, id)
	if err != nil {
		return err
	}
	if n > 0 {
		tx.Audit("identity.links_removed", object(id), map[string]any{"name": name, "links": n})
	}
	return endSessions(ctx, tx, id, uuid.Nil)
}

func endSessions(ctx context.Context, tx *tenant.Tx, provider, member uuid.UUID) error {
	_, err := tx.Exec(ctx, `select platform.house_sessions_end($1, $2)`, provider, tenant.Optional(member))
	return err
}

type versioned struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

func (h *House) enable(ctx context.Context, tx *tenant.Tx, in versioned) (Listed, error) {
	return h.turn(ctx, tx, in, true)
}

func (h *House) disable(ctx context.Context, tx *tenant.Tx, in versioned) (Listed, error) {
	return h.turn(ctx, tx, in, false)
}

// turn turns a provider on or off. With it off, what began by it ends; with the
// last one off, everybody comes in with a password again.
func (h *House) turn(ctx context.Context, tx *tenant.Tx, in versioned, on bool) (p Listed, err error) {
	was, err := h.take(ctx, tx, in.ID, in.Version)
	if err != nil {
		return p, err
	}
	if was.enabled == on {
		return p, ErrState
	}
	if _, err := tx.Exec(ctx, `
		update identity_providers set enabled = $2, version = version + 1, changed_by = $3, changed_at = $4, changed = '{enabled}' where id = $1`,
		in.ID, on, tx.Actor.Name, tx.Now); err != nil {
		return p, err
	}
	if on {
		tx.Audit("identity.provider_enabled", object(in.ID), map[string]string{"name": was.Name})
		return h.one(ctx, tx, in.ID)
	}
	tx.Audit("identity.provider_disabled", object(in.ID), map[string]string{"name": was.Name})
	if err := endSessions(ctx, tx, in.ID, uuid.Nil); err != nil {
		return p, err
	}
	if err := passwordsAgain(ctx, tx); err != nil {
		return p, err
	}
	return h.one(ctx, tx, in.ID)
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// dropProvider removes a provider that is off, with its links.
func (h *House) dropProvider(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	var name string
	err = tx.Get(ctx, &name, `delete from identity_providers where id = $1 and not enabled returning name`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		if _, err := h.one(ctx, tx, in.ID); err != nil {
			return none, err
		}
		return none, ErrState
	}
	tx.Audit("identity.provider_removed", object(in.ID), map[string]string{"name": name})
	return none, err
}

// Tested is what came of asking a house whether it would do.
type Tested struct {
	OK   bool   `json:"ok"`
	Step string `json:"step"` // where it failed, in a word; empty if it did not
}

// test asks a provider whether it would do, outside of any transaction. Of what
// it says nothing is shown.
func (h *House) test(ctx context.Context, deps feature.Deps, _ *feature.Client, in byID) (t Tested, err error) {
	var p Provider
	err = deps.DB.Read(ctx, func(tx *tenant.Tx) (err error) {
		p, err = h.provider(ctx, tx, in.ID, false)
		return err
	})
	if err != nil {
		return t, err
	}
	t.Step = step(h.kinds[p.Kind].Test(ctx, p))
	t.OK = t.Step == ""
	return t, deps.DB.Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("identity.provider_tested", object(p.ID), map[string]any{"name": p.Name, "ok": t.OK, "step": t.Step})
		return nil
	})
}
