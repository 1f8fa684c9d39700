package app_test

import (
	"os"
	"slices"
	"testing"

	"hetu/app"
)

// An empty HETU_ADMIN_LISTEN says that there is no such door; one that is not
// there leaves it where it is by default. It never leaves the machine.
func TestAdminListen(t *testing.T) {
	for name, tt := range map[string]struct {
		set   bool
		value string
		want  string
		fails bool
	}{
		"not said":        {false, "", "127.0.0.1:8081", false},
		"empty":           {true, "", "", false},
		"another port":    {true, "127.0.0.1:9", "127.0.0.1:9", false},
		"to the world":    {true, "0.0.0.0:8081", "", true},
		"no port, no end": {true, "127.0.0.1", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HETU_ADMIN_LISTEN", tt.value)
			if !tt.set {
				if err := os.Unsetenv("HETU_ADMIN_LISTEN"); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := app.Load()
			if (err != nil) != tt.fails || err == nil && cfg.AdminListen != tt.want {
				t.Errorf("it listens at %q, %v", cfg.AdminListen, err)
			}
		})
	}
}

// A name is the same in capitals: whoever writes one so is answered under it.
func TestHostNames(t *testing.T) {
	t.Parallel()
	got := app.Config{BaseURL: "https://OA.Example.cn", Hosts: []string{"Intern.Example.cn", " oa2.example.cn"}}.HostNames()
	if want := []string{"oa.example.cn", "intern.example.cn", "oa2.example.cn"}; !slices.Equal(got, want) {
		t.Errorf("names = %v, want %v", got, want)
	}
}
