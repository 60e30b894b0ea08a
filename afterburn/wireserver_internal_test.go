package afterburn

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFirewallHint: to others than root, who may be shut out, that is said.
func TestFirewallHint(t *testing.T) {
	for cloud, uid := range map[string]int{"Azure": 1000, "AzureStack": 1000, "root": 0} {
		var log bytes.Buffer
		opt := &Options{
			Root:   t.TempDir(),
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
			Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			Dial: func(_ context.Context, network, _ string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			},
		}
		e, err := opt.env()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		e.uid = uid
		if w, err := e.wireServer(t.Context(), cloud); err == nil {
			t.Errorf("%s: found at %s", cloud, w.address)
		}
		hint := "unable to reach " + cloud + " endpoints, please check whether firewall rules are blocking access to them"
		if got := strings.Contains(log.String(), hint); got != (uid != 0) {
			t.Errorf("%s, uid %d: %s", cloud, uid, log.String())
		}
	}
}

func TestParseWireAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a83f8110": "168.63.129.16", "a8:3f:81:10": "168.63.129.16", "A83F8110": "168.63.129.16", "0a000001": "10.0.0.1",
		"a83f81": "", "a83f811001": "", "zzz": "", "": "", "+83f8110": "",
		"168.63.129.16": "", "a8 3f 81 10": "",
	} {
		got, err := parseWireAddress(in)
		if want == "" {
			if text := "failed to convert '" + in + "' from hex"; err == nil || err.Error() != text {
				t.Errorf("%q: %v, %v", in, got, err)
			}
			continue
		}
		if err != nil || got != netip.MustParseAddr(want) {
			t.Errorf("%q: %v, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"00000000": "0.0.0.0 is the unspecified address", "7f:00:00:01": "127.0.0.1 is an address of this machine",
		"e0000001": "224.0.0.1 is a multicast address", "FFFFFFFF": "255.255.255.255 is the broadcast address",
	} {
		if got, err := parseWireAddress(in); err == nil || err.Error() != "unusable WireServer address: "+want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	if _, err := parseWireAddress(strings.Repeat("a", 1000)); err == nil || len(err.Error()) > 100 {
		t.Errorf("long value: %v", err)
	}
}

func TestOwnURL(t *testing.T) {
	w := &wireServer{address: wireFallback}
	for in, want := range map[string]string{
		"http://168.63.129.16/a?b=c&d":                   "",
		"http://168.63.129.16:80/machine/?comp=x":        "",
		" \n http://168.63.129.16/a\t":                   "",
		"http://168.63.129.16:32526/a":                   "",
		"":                                               "failed to parse uri: relative URL without a base",
		"/a":                                             "failed to parse uri: relative URL without a base",
		"//168.63.129.16/a":                              "failed to parse uri: relative URL without a base",
		"http:///a":                                      "failed to parse uri: relative URL without a base",
		"http://[::1/a":                                  "failed to parse uri",
		"http://169.254.169.254/a":                       `address "http://169.254.169.254/a" is not one of the WireServer`,
		"http://168.63.129.16.example.org/":              `address "http://168.63.129.16.example.org/" is not one of the WireServer`,
		"http://168.63.129.16@example.org/":              `address "http://168.63.129.16@example.org/" is not one of the WireServer`,
		"http://u:secret@168.63.129.16/":                 `address "http://u:xxxxx@168.63.129.16/" is not one of the WireServer`,
		"https://168.63.129.16/":                         `address "https://168.63.129.16/" is not one of the WireServer`,
		"file://168.63.129.16/etc/passwd":                `address "file://168.63.129.16/etc/passwd" is not one of the WireServer`,
		"http://168.063.129.16/":                         `address "http://168.063.129.16/" is not one of the WireServer`,
		"http://2822734096/":                             `address "http://2822734096/" is not one of the WireServer`,
		"http://168.63.129.16\\@example.org/":            "failed to parse uri",
		"http://example.org/" + strings.Repeat("a", 900): "*",
	} {
		got, err := w.ownURL(in)
		switch {
		case want == "*":
			if err == nil || len(err.Error()) > 300 {
				t.Errorf("%.40q: %q, %v", in, got, err)
			}
		case want == "" && (err != nil || got != trimXML(in)):
			t.Errorf("%q: %q, %v", in, got, err)
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%q: %q, %v\nwant %s", in, got, err, want)
		}
	}
}

func TestReadyReportEscapes(t *testing.T) {
	got := string(readyReport("<1>", "a&b", "x</InstanceId><InstanceId>y"))
	for _, want := range []string{
		"<GoalStateIncarnation>&lt;1&gt;</GoalStateIncarnation>", "<ContainerId>a&amp;b</ContainerId>",
		"<InstanceId>x&lt;/InstanceId&gt;&lt;InstanceId&gt;y</InstanceId>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
