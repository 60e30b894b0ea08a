package fakecloud_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// post makes a request with a body and checks its status.
func post(t *testing.T, s *fakecloud.Server, status int, method, url, body string, header ...string) {
	t.Helper()
	resp, text, err := ask(t, s, method, url, strings.NewReader(body), header...)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d: %s", method, url, resp.StatusCode, status, text)
	}
}

func TestTokenModes(t *testing.T) {
	const (
		put   = imds + "/latest/api/token"
		get   = imds + "/latest/meta-data/instance-id"
		ttl   = "X-aws-ec2-metadata-token-ttl-seconds"
		field = "X-aws-ec2-metadata-token"
	)
	for mode, status := range map[fakecloud.TokenMode]int{
		fakecloud.TokensOptional:   200,
		fakecloud.TokensForbidden:  403,
		fakecloud.TokensMissing:    404,
		fakecloud.TokensNotAllowed: 405,
	} {
		s := start(t, "aws")
		s.Cloud.SetTokenMode(mode)
		want(t, s, status, "*", "PUT", put, ttl, "60")
		want(t, s, 200, "i-0abc", "GET", get)
		if mode == fakecloud.TokensOptional {
			want(t, s, 401, "*", "GET", get, field, "bad")
		}
	}

	s := start(t, "aws")
	s.Cloud.SetTokenMode(fakecloud.TokensHang)
	want(t, s, 200, "i-0abc", "GET", get)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "PUT", put, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(ttl, "60")
	if resp, err := s.Client().Do(req); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			resp.Body.Close()
		}
		t.Errorf("the request for a token did not hang: %v", err)
	}
}

func TestTokensExpire(t *testing.T) {
	c, _ := fakecloud.Example("aws")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.SetClock(func() time.Time { return now })
	c.SetToken("")
	s := fakecloud.Start(c)
	defer s.Close()
	const get, field = imds + "/latest/meta-data/instance-id", "X-aws-ec2-metadata-token"
	want(t, s, 200, "token-1", "PUT", imds+"/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	want(t, s, 200, "token-2", "PUT", imds+"/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "600")
	want(t, s, 200, "i-0abc", "GET", get, field, "token-1")
	now = now.Add(time.Minute)
	want(t, s, 401, "*", "GET", get, field, "token-1")
	want(t, s, 200, "i-0abc", "GET", get, field, "token-2")
	c.RevokeTokens()
	want(t, s, 401, "*", "GET", get, field, "token-2")
	if got := s.Requests()[0].Time; !got.Equal(now.Add(-time.Minute)) {
		t.Errorf("time in the log is %v", got)
	}
}

func TestAkamai(t *testing.T) {
	s := start(t, "akamai")
	const ttl, token = "Metadata-Token-Expiry-Seconds", "Metadata-Token"
	want(t, s, 401, "*", "GET", imds+"/v1/instance", "Accept", "application/json")
	want(t, s, 400, "*", "PUT", imds+"/v1/token")
	want(t, s, 400, "*", "PUT", imds+"/v1/token", ttl, "86401")
	want(t, s, 405, "*", "GET", imds+"/v1/token", ttl, "300")
	want(t, s, 200, "tok3n", "PUT", imds+"/v1/token", ttl, "300")
	want(t, s, 406, "*", "GET", imds+"/v1/instance", token, "tok3n")
	want(t, s, 405, "*", "DELETE", imds+"/v1/instance", token, "tok3n", "Accept", "application/json")
	resp := want(t, s, 200, "*", "GET", imds+"/v1/instance", token, "tok3n", "Accept", "application/json")
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	want(t, s, 404, "*", "GET", imds+"/v1/nothing", token, "tok3n", "Accept", "application/json")
}

func TestOracle(t *testing.T) {
	s := start(t, "oraclecloud")
	const url, auth = imds + "/opc/v2/instance", "Authorization"
	want(t, s, 403, "*", "GET", url)
	want(t, s, 403, "*", "GET", url, auth, "Bearer oracle")
	for _, f := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host"} {
		want(t, s, 403, "*", "GET", url, auth, "Bearer Oracle", f, "x")
	}
	want(t, s, 200, "*", "GET", url, auth, "Bearer Oracle")
	want(t, s, 200, "*", "GET", url+"/", auth, "Bearer Oracle")
	want(t, s, 405, "*", "PUT", url, auth, "Bearer Oracle")
}

func TestScaleway(t *testing.T) {
	s := start(t, "scaleway")
	const base = "http://169.254.42.42"
	want(t, s, 200, "*", "GET", base+"/conf?format=json")
	want(t, s, 404, "*", "GET", base+"/conf")
	want(t, s, 405, "*", "POST", base+"/conf?format=json")
	want(t, s, 405, "*", "GET", base+"/state")
	const good = `{"state_detail":"booted"}`
	post(t, s, 200, "PATCH", base+"/state", good, "Content-Type", "application/json")
	post(t, s, 415, "PATCH", base+"/state", good)
	post(t, s, 400, "PATCH", base+"/state", `{"state":"booted"}`, "Content-Type", "application/json")
	post(t, s, 400, "PATCH", base+"/state", `{`, "Content-Type", "application/json")
}

func TestPacket(t *testing.T) {
	s := start(t, "packet")
	want(t, s, 200, "*", "GET", "https://metadata.packet.net/metadata")
	want(t, s, 301, "*", "GET", "http://metadata.packet.net/metadata")
	want(t, s, 200, "*", "GET", s.TLSURL+"/metadata")
	post(t, s, 200, "POST", "http://tinkerbell.packet.net/phone-home", "", "Content-Type", "application/json")
	post(t, s, 415, "POST", "http://tinkerbell.packet.net/phone-home", "")
	want(t, s, 405, "*", "GET", "http://tinkerbell.packet.net/phone-home")

	strange := &http.Client{Transport: &http.Transport{DialContext: s.Dial}}
	if resp, err := strange.Get("https://metadata.packet.net/metadata"); err == nil {
		resp.Body.Close()
		t.Error("a client without the authority trusts the server")
	}
}

func TestPlainServerHasNoTLS(t *testing.T) {
	s := start(t, "vultr")
	if s.TLSURL != "" {
		t.Errorf("TLS at %s", s.TLSURL)
	}
	if _, _, err := ask(t, s, "GET", "https://169.254.169.254/v1/instanceid", nil); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("port 443: %v", err)
	}
}

func TestAzureMetadata(t *testing.T) {
	s := start(t, "azure")
	const (
		compute = imds + "/metadata/instance/compute/"
		name    = compute + "name?api-version=2017-08-01&format=text"
		keys    = compute + "publicKeys?api-version=2021-02-01"
	)
	want(t, s, 400, "*", "GET", name)
	want(t, s, 400, "*", "GET", name, "Metadata", "true", "X-Forwarded-For", "10.0.0.1")
	want(t, s, 400, "*", "GET", compute+"name?format=text", "Metadata", "true")
	want(t, s, 400, "*", "GET", compute+"name?format=text&api-version=2017-08-02", "Metadata", "true")
	want(t, s, 400, "*", "GET", compute+"name?api-version=2017-08-01", "Metadata", "true")
	want(t, s, 405, "*", "POST", name, "Metadata", "true")
	want(t, s, 404, "*", "GET", compute+"publicKeys?api-version=2017-12-01", "Metadata", "true")
	want(t, s, 400, "*", "GET", keys+"&format=text", "Metadata", "true")
	want(t, s, 404, "*", "GET", "http://168.63.129.16/metadata/instance/compute/name?api-version=2017-08-01&format=text", "Metadata", "true")
	resp := want(t, s, 200, "vm7", "GET", name, "Metadata", "true")
	if got := resp.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	resp = want(t, s, 200, "*", "GET", keys, "Metadata", "True")
	if got := resp.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
}

func TestWireServer(t *testing.T) {
	s := start(t, "azure")
	const base, version = "http://168.63.129.16", "x-ms-version"
	want(t, s, 200, "*", "GET", base+"/?comp=versions")
	want(t, s, 404, "*", "GET", imds+"/?comp=versions", version, "2012-11-30")
	want(t, s, 400, "*", "GET", base+"/machine/?comp=goalstate")
	want(t, s, 400, "*", "GET", base+"/machine/?comp=goalstate", version, "2012-11-29")
	resp := want(t, s, 200, "*", "GET", base+"/machine/?comp=goalstate", version, "2012-11-30")
	if got := resp.Header.Get("Content-Type"); got != "text/xml; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	// The order of a query does not matter.
	want(t, s, 200, "*", "GET", base+"/machine/c0ffee/feed.vm7?incarnation=7&type=sharedConfig&comp=config", version, "2012-11-30")
	want(t, s, 404, "*", "GET", base+"/machine/c0ffee/feed.vm7?incarnation=8&type=sharedConfig&comp=config", version, "2012-11-30")
	want(t, s, 405, "*", "POST", base+"/machine/?comp=goalstate", version, "2012-11-30")
	want(t, s, 405, "*", "GET", base+"/machine/?comp=health", version, "2012-11-30")
	// Another address that DHCP told is as good.
	want(t, s, 200, "*", "GET", "http://192.0.2.7/?comp=versions")
}

func TestHealthReport(t *testing.T) {
	s := start(t, "azure")
	e, _ := fakecloud.Expected("azure")
	good := string(e.CheckIn.Body)
	header := []string{"Content-Type", "text/xml; charset=utf-8", "x-ms-version", "2012-11-30"}
	url := e.CheckIn.URL()
	post(t, s, 200, "POST", url, good, header...)
	post(t, s, 400, "POST", url, good, "x-ms-version", "2012-11-30")
	post(t, s, 400, "POST", url, good, "Content-Type", "text/xml")
	for _, change := range [][2]string{
		{">7<", ">8<"}, {"c0ffee00", "c0ffee01"}, {"feed.vm7", "feed.vm8"}, {"Ready", "Steady"}, {"</Health>", ""},
		{"<Role>", "<Role></Role><Role>"},
	} {
		post(t, s, 400, "POST", url, strings.ReplaceAll(good, change[0], change[1]), header...)
	}
	// A new goal state makes old reports stale.
	d, _ := s.Cloud.Document("/machine/?comp=goalstate")
	s.Cloud.Set("/machine/?comp=goalstate", strings.Replace(d.Body, ">7<", ">8<", 1))
	post(t, s, 400, "POST", url, good, header...)
	post(t, s, 200, "POST", url, strings.Replace(good, ">7<", ">8<", 1), header...)
}

func TestAzureStackCertificates(t *testing.T) {
	s := start(t, "azurestack")
	const url = "http://168.63.129.16/machine/c0ffee/feed.vm7?comp=certificates&incarnation=7"
	h := []string{"x-ms-version", "2012-11-30"}
	want(t, s, 400, "*", "GET", url, h...)
	h = append(h, "x-ms-cipher-name", "DES_EDE3_CBC")
	want(t, s, 400, "*", "GET", url, h...)
	want(t, s, 400, "*", "GET", url, append(h, "x-ms-guest-agent-public-x509-cert", "?")...)
	want(t, s, 400, "*", "GET", url, append(h, "x-ms-guest-agent-public-x509-cert", "AAAA")...)
	want(t, s, 405, "*", "POST", url, h...)
	s.Cloud.SetCertificates(nil)
	want(t, s, 404, "*", "GET", url, h...)
	want(t, s, 200, `{"vmName":"stack7","subscriptionId":"00000000-0000-4000-8000-00000000005b"}`, "GET",
		imds+"/Microsoft.Compute/identity?api-version=2019-03-11", "Metadata", "true")
}
