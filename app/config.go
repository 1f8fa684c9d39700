package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"hetu/org/factor"
)

// Config is what the environment says. Every secret may also be given as a
// file: NAME_FILE instead of NAME.
type Config struct {
	Listen      string   `env:"HETU_LISTEN" envDefault:"127.0.0.1:8080"`
	AdminListen string   `env:"HETU_ADMIN_LISTEN" envDefault:"127.0.0.1:8081"` // metrics, profiles; loopback only; empty: off
	BaseURL     string   `env:"HETU_BASE_URL" envDefault:"http://127.0.0.1:8080"`
	Hosts       []string `env:"HETU_HOSTS"`   // names answered to, besides that of BaseURL
	Proxies     []string `env:"HETU_PROXIES"` // whose X-Forwarded-For is believed

	DatabaseURL string `env:"HETU_DATABASE_URL" secret:"url"` // as hetu_app
	OperatorURL string `env:"HETU_OPERATOR_URL" secret:"url"` // as hetu_operator
	OwnerURL    string `env:"HETU_OWNER_URL" secret:"url"`    // a role that may create roles; migrate only
	Conns       int    `env:"HETU_DB_CONNS" envDefault:"16"`

	BackupPassword string `env:"HETU_BACKUP_PASSWORD" secret:"yes"` // of the role hetu_backup, which migrate makes

	Store        string `env:"HETU_STORE" envDefault:"fs"` // fs or s3
	DataDir      string `env:"HETU_DATA_DIR" envDefault:"./data"`
	S3Endpoint   string `env:"HETU_S3_ENDPOINT"`
	S3Bucket     string `env:"HETU_S3_BUCKET" envDefault:"hetu"`
	S3Region     string `env:"HETU_S3_REGION" envDefault:"us-east-1"`
	S3TLS        bool   `env:"HETU_S3_TLS" envDefault:"true"`
	S3AccessKey  string `env:"HETU_S3_ACCESS_KEY" secret:"yes"`
	S3SecretKey  string `env:"HETU_S3_SECRET_KEY" secret:"yes"`
	ClamdAddress string `env:"HETU_CLAMD"` // host:port or socket path; empty: files are not scanned

	AuditKey  string   `env:"HETU_AUDIT_KEY" secret:"yes"` // 32 bytes in base64: signs how far the audit goes; empty: audit.key in the data directory
	AuditKeys []string `env:"HETU_AUDIT_OLD_KEYS"`         // public halves of keys that signed before

	SecretKey    string        `env:"HETU_SECRET_KEY" secret:"yes"`           // 32 bytes in base64: seals second factors; empty: secret.key in the data directory
	SecondFactor factor.Demand `env:"HETU_SECOND_FACTOR" envDefault:"admins"` // who has to show one: off, admins, all

	IdentityNetworks []string `env:"HETU_IDENTITY_NETWORKS"` // in which providers of identities may stand, besides public addresses

	Workers int `env:"HETU_WORKERS" envDefault:"4"` // jobs at a time; 0: this node works none off
	Tenants int `env:"HETU_RIGHTS_TENANTS" envDefault:"1024"`
}

// Load reads the configuration and says the first thing wrong with it.
func Load() (Config, error) {
	environ, err := withFiles(os.Environ(), os.ReadFile)
	if err != nil {
		return Config{}, err
	}
	off, given := environ["HETU_ADMIN_LISTEN"]
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Environment: environ})
	if err != nil {
		return cfg, fmt.Errorf("config: %w", err)
	}
	if given && off == "" {
		cfg.AdminListen = "" // said to be off; what is not said at all has its default
	}
	return cfg, cfg.Validate()
}

// withFiles replaces each HETU_X_FILE by HETU_X with the content of the file.
func withFiles(environ []string, read func(string) ([]byte, error)) (map[string]string, error) {
	m := env.ToMap(environ)
	for name, file := range m {
		target, ok := strings.CutSuffix(name, "_FILE")
		if !ok || !strings.HasPrefix(name, "HETU_") {
			continue
		}
		if m[target] != "" {
			return nil, fmt.Errorf("config: both %s and %s are set", target, name)
		}
		body, err := read(file)
		if err != nil {
			return nil, fmt.Errorf("config: %s: %w", name, err)
		}
		m[target] = strings.TrimRight(string(body), "\r\n")
	}
	return m, nil
}

// Validate returns the first thing wrong with the configuration.
func (c Config) Validate() error {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" {
		return errors.New("config: HETU_BASE_URL is not an address")
	}
	if c.AdminListen != "" {
		host, _, err := net.SplitHostPort(c.AdminListen)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return errNotLoopback
		}
	}
	if d := c.SecondFactor; d != "" && d != factor.Off && d != factor.Admins && d != factor.All {
		return errors.New("config: HETU_SECOND_FACTOR is neither off, admins nor all")
	}
	if _, err := c.networks(); err != nil {
		return err
	}
	if c.Store != "fs" && c.Store != "s3" {
		return errors.New("config: HETU_STORE is neither fs nor s3")
	}
	if c.Store == "s3" && (c.S3Endpoint == "" || c.S3AccessKey == "" || c.S3SecretKey == "") {
		return errors.New("config: HETU_STORE is s3, but HETU_S3_ENDPOINT, HETU_S3_ACCESS_KEY or HETU_S3_SECRET_KEY is missing")
	}
	return nil
}

// HostNames returns the names the server answers to, in small letters.
func (c Config) HostNames() []string {
	u, _ := url.Parse(c.BaseURL)
	names := []string{strings.ToLower(u.Hostname())}
	for _, h := range c.Hosts {
		names = append(names, strings.ToLower(strings.TrimSpace(h)))
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		names = append(names, "localhost")
	}
	return names
}

// Redacted returns name=value lines of what was understood, without secrets.
func (c Config) Redacted() []string {
	var lines []string
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		text := fmt.Sprint(v.Field(i).Interface())
		if secret := f.Tag.Get("secret"); secret != "" && text != "" {
			u, err := url.Parse(text)
			if secret == "url" && err == nil {
				text = u.Redacted()
			} else {
				text = "(set)"
			}
		}
		lines = append(lines, strings.Split(f.Tag.Get("env"), ",")[0]+"="+text)
	}
	return lines
}
