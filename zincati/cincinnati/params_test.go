package cincinnati_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func fullParams(base string) cincinnati.Params {
	return cincinnati.Params{
		BaseURL: base, Basearch: "x86_64", Stream: "stable", Platform: "qemu", Group: "default",
		NodeUUID: "a6021cacafbb49ccb7e778d135fc9fa4", OSVersion: "40.1", Payload: checksum("0101"),
	}
}

func TestParamsURL(t *testing.T) {
	const id = "a6021cacafbb49ccb7e778d135fc9fa4"
	w := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		name   string
		change func(p *cincinnati.Params)
		want   string
	}{
		{"plain", func(*cincinnati.Params) {}, "basearch=x86_64&group=default&node_uuid=" + id + "&os_checksum=0101&os_version=40.1&platform=qemu&stream=stable"},
		{"wariness", func(p *cincinnati.Params) { p.Wariness = w(0.33333333) }, "basearch=x86_64&group=default&node_uuid=" + id + "&os_checksum=0101&os_version=40.1&platform=qemu&rollout_wariness=0.333333&stream=stable"},
		{"wariness 0", func(p *cincinnati.Params) { p.Wariness = w(0) }, "basearch=x86_64&group=default&node_uuid=" + id + "&os_checksum=0101&os_version=40.1&platform=qemu&rollout_wariness=0.000000&stream=stable"},
		{"image, odd group", func(p *cincinnati.Params) {
			p.Payload = cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/a/b@sha256:ab"}
			p.Group = "a b&c"
		}, "basearch=x86_64&group=a+b%26c&node_uuid=" + id + "&oci=true&os_checksum=quay.io%2Fa%2Fb%40sha256%3Aab&os_version=40.1&platform=qemu&stream=stable"},
		// The id has wariness 0.10879….
		{"of the client", func(p *cincinnati.Params) { p.ClientWariness = true }, "basearch=x86_64&rollout_wariness=0.11&stream=stable"},
		{"of the client, image, configured", func(p *cincinnati.Params) {
			p.ClientWariness, p.Wariness, p.Payload.Scheme = true, w(0.07), cincinnati.OCI
		}, "basearch=x86_64&oci=true&rollout_wariness=0.07&stream=stable"},
		{"of the client, 0", func(p *cincinnati.Params) { p.ClientWariness, p.Wariness = true, w(0) }, "basearch=x86_64&rollout_wariness=0.00&stream=stable"},
		{"of the client, 1", func(p *cincinnati.Params) { p.ClientWariness, p.Wariness = true, w(0.999) }, "basearch=x86_64&rollout_wariness=1.00&stream=stable"},
	} {
		p := fullParams("http://h/base/")
		c.change(&p)
		u, err := p.URL()
		if err != nil || u.String() != "http://h/base/v1/graph?"+c.want {
			t.Errorf("%s: %v, %v\nwant %s", c.name, u, err, c.want)
		}
	}
}

func TestParamsBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"http://h":                  "http://h/v1/graph",
		"http://h/":                 "http://h/v1/graph",
		"http://h/base/":            "http://h/base/v1/graph",
		"http://h/base/x":           "http://h/base/v1/graph",
		"https://h:8443/a/b/?q=1#f": "https://h:8443/a/b/v1/graph",
		"http://[::1]:80/":          "http://[::1]:80/v1/graph",
		"http://u:p@h/":             "http://u:p@h/v1/graph",
		"http://h/${node_uuid}/":    "http://h/$%7Bnode_uuid%7D/v1/graph",
		"HTTP://H/":                 "http://H/v1/graph",
		"http://h/a/../b/":          "http://h/b/v1/graph",
		"http://127.0.0.1:45465":    "http://127.0.0.1:45465/v1/graph",
	} {
		u, err := fullParams(base).URL()
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if got, _, _ := strings.Cut(u.String(), "?"); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
	for _, base := range []string{"", "h/base", "/base", "ftp://h/", "http:///x", "http://", "file:///etc", "http://h:port/", "http://[::1", "http://h/%zz", "http://u:secret@h:port/", "http:opaque"} {
		u, err := fullParams(base).URL()
		if err == nil {
			t.Errorf("%q accepted as %v", base, u)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", base, err)
		}
	}
}
