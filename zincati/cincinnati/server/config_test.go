package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

func TestAnEmptyFileMeansTheDefaults(t *testing.T) {
	for _, text := range []string{"", "# nothing\n"} {
		for mode, ports := range map[server.Mode][2]int{
			server.GraphBuilder: {8080, 9080}, server.PolicyEngine: {8081, 9081}, server.Combined: {8081, 9081},
		} {
			c, warnings, err := server.ParseConfig([]byte(text), mode)
			require.NoError(t, err)
			assert.Empty(t, warnings)
			assert.Equal(t, server.DefaultConfig(mode), c)
			assert.Equal(t, ports, [2]int{c.Service.Port, c.Status.Port})
			assert.Equal(t, "0.0.0.0", c.Service.Address)
		}
	}
}

func TestWholeConfig(t *testing.T) {
	c, warnings, err := server.ParseConfig([]byte(`
frobnicate = 1
[service]
address = "127.0.0.1"
port = 0
origin_allowlist = ["https://x"]
tls_cert = "c"
tls_key = "k"
client_ca = "a"
auth_file = "u"
max_concurrent = 9
colour = "red"
[status]
address = "::1"
port = 1
socket = "/run/x"
[upstream]
releases_url = "file:///x/${stream}/r.json"
updates_url = "https://h/${stream}.json"
pause_secs = 3
timeout_secs = 4
url = "http://h/v1/graph"
[streams]
zeta = ["x86_64"]
alpha = ["aarch64", "riscv64"]
[policy]
x = 1
`), server.Combined)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{`unknown key "frobnicate"`, `unknown key "service.colour"`, `unknown key "policy"`,
		`unknown key "policy.x"`, `key "upstream.url" has no effect on serve`}, warnings)
	want := server.DefaultConfig(server.Combined)
	want.Service = server.Listener{Address: "127.0.0.1", TLSCert: "c", TLSKey: "k", ClientCA: "a", AuthFile: "u", MaxConcurrent: 9}
	want.Status = server.Listener{Address: "::1", Port: 1, Socket: "/run/x"}
	want.OriginAllowlist = []string{"https://x"}
	want.Upstream.ReleasesURL, want.Upstream.UpdatesURL = "file:///x/${stream}/r.json", "https://h/${stream}.json"
	want.Upstream.Pause, want.Upstream.Timeout, want.Upstream.URL = 3*time.Second, 4*time.Second, "http://h/v1/graph"
	want.Streams = []server.Stream{{"zeta", []string{"x86_64"}}, {"alpha", []string{"aarch64", "riscv64"}}}
	assert.Equal(t, want, c)
}

func TestBrokenConfigs(t *testing.T) {
	for text, want := range map[string]string{
		"x":                                      "parsing configuration",
		"[service]\nport = \"a\"":                "service.port",
		"[service]\nport = 65536":                "service.port: 65536",
		"[status]\nport = -1":                    "status.port: -1",
		"[service]\nmax_concurrent = 0":          "max_concurrent",
		"[service]\ntls_cert = \"x\"":            "tls_cert and tls_key",
		"[status]\nclient_ca = \"x\"":            "client_ca",
		"[upstream]\npause_secs = 0":             "upstream.pause_secs",
		"[upstream]\ntimeout_secs = -5":          "upstream.timeout_secs",
		"[upstream]\nreleases_url = \"ftp://h\"": "upstream.releases_url",
		"[upstream]\nreleases_url = \"http:x\"":  "names no host",
		"[service]\ntls = true":                  `unknown key "service.tls" seems to ask for protection: the keys for it are tls_cert,`,
		"[service]\npassword_file = \"x\"":       `unknown key "service.password_file"`,
		"[status]\nclientCA = \"x\"":             `unknown key "status.clientCA"`,
		"auth_file = \"x\"":                      `unknown key "auth_file"`,
		"[streams]":                              "streams: none",
		"[streams]\na = []":                      "streams.a: no architectures",
		"[streams]\na = [\"\"]":                  "without a name",
		"[streams]\na = \"x\"":                   "streams",
	} {
		_, _, err := server.ParseConfig([]byte(text), server.GraphBuilder)
		assert.ErrorContains(t, err, want, text)
	}
	_, _, err := server.ParseConfig([]byte("[upstream]\nurl = \"file:///x\""), server.PolicyEngine)
	assert.ErrorContains(t, err, "upstream.url")
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("[service]\nport=1\n[streams]\na=[\"b\"]"))
	f.Add([]byte("[streams]\n\"\"=[\"b\"]\n[streams.x]\ny=1"))
	f.Add([]byte("streams.a=[\"x\"]\nstreams.b.c=1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, mode := range []server.Mode{server.GraphBuilder, server.PolicyEngine, server.Combined} {
			c, _, err := server.ParseConfig(data, mode)
			if err != nil {
				continue
			}
			if _, err := server.New(c, nil); err != nil {
				t.Fatalf("a configuration that was accepted is refused: %v", err)
			}
		}
	})
}
