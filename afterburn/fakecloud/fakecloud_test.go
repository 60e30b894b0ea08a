package fakecloud_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// start serves the example of a provider for the length of a test.
func start(t *testing.T, provider string) *fakecloud.Server {
	t.Helper()
	c, ok := fakecloud.Example(provider)
	if !ok {
		t.Fatalf("no example of %s", provider)
	}
	s := fakecloud.Start(c)
	t.Cleanup(s.Close)
	return s
}

// ask makes a request; header is key, value, key, value, ….
func ask(t *testing.T, s *fakecloud.Server, method, url string, body io.Reader, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// want is ask for a status and, if not "*", a body.
func want(t *testing.T, s *fakecloud.Server, status int, body, method, url string, header ...string) *http.Response {
	t.Helper()
	resp, text, err := ask(t, s, method, url, nil, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	if resp.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d", method, url, resp.StatusCode, status)
	}
	if body != "*" && text != body {
		t.Errorf("%s %s: body %q, want %q", method, url, text, body)
	}
	return resp
}

const imds = "http://169.254.169.254"

func TestAWS(t *testing.T) {
	s := start(t, "aws")
	const ttl, token = "X-aws-ec2-metadata-token-ttl-seconds", "X-aws-ec2-metadata-token"
	want(t, s, 401, "*", "GET", imds+"/2021-01-03/meta-data/instance-id")
	want(t, s, 401, "*", "GET", imds+"/2021-01-03/meta-data/instance-id", token, "AQAEAL") // not yet given out
	want(t, s, 400, "*", "PUT", imds+"/latest/api/token")
	want(t, s, 400, "*", "PUT", imds+"/latest/api/token", ttl, "21601")
	want(t, s, 403, "*", "PUT", imds+"/latest/api/token", ttl, "60", "X-Forwarded-For", "1.2.3.4")
	want(t, s, 405, "*", "GET", imds+"/latest/api/token", ttl, "60")
	resp := want(t, s, 200, "AQAEAL", "PUT", imds+"/latest/api/token", ttl, "21600")
	if got := resp.Header.Get(ttl); got != "21600" {
		t.Errorf("ttl in the reply is %q", got)
	}
	resp = want(t, s, 200, "i-0abc", "GET", imds+"/2021-01-03/meta-data/instance-id", token, "AQAEAL")
	if got := resp.Header.Get("Content-Type"); got != "text/plain" {
		t.Errorf("Content-Type is %q", got)
	}
	want(t, s, 200, "i-0abc", "GET", imds+"/latest/meta-data/instance-id", token, "AQAEAL")
	want(t, s, 404, "*", "GET", imds+"/2021-01-03/meta-data/public-ipv4", token, "AQAEAL")
	want(t, s, 405, "*", "POST", imds+"/2021-01-03/meta-data/instance-id", token, "AQAEAL")
	want(t, s, 200, "availability-zone\navailability-zone-id", "GET", imds+"/latest/meta-data/placement/", token, "AQAEAL")
	want(t, s, 401, "*", "GET", imds+"/latest/meta-data/instance-id", token, "other")
}

func TestGCP(t *testing.T) {
	s := start(t, "gcp")
	const url = imds + "/computeMetadata/v1/instance/network-interfaces/0/ip"
	want(t, s, 403, "*", "GET", url)
	want(t, s, 403, "*", "GET", url, "Metadata-Flavor", "Google", "X-Forwarded-For", "10.0.0.1")
	resp := want(t, s, 200, "10.132.0.2", "GET", url, "Metadata-Flavor", "Google")
	if h := resp.Header; h.Get("Content-Type") != "application/text" || h.Get("Metadata-Flavor") != "Google" {
		t.Errorf("header %v", h)
	}
	want(t, s, 404, "*", "GET", imds+"/computeMetadata/v1/instance/attributes/sshKeys", "Metadata-Flavor", "Google")
	want(t, s, 405, "*", "PUT", url, "Metadata-Flavor", "Google")
	want(t, s, 200, "0/", "GET", imds+"/computeMetadata/v1/instance/network-interfaces/", "Metadata-Flavor", "Google")
	want(t, s, 501, "*", "GET", imds+"/computeMetadata/v1/instance/?recursive=true", "Metadata-Flavor", "Google")
}

func TestPlainTextProviders(t *testing.T) {
	for _, tc := range []struct{ provider, url, body string }{
		{"aliyun", "http://100.100.100.200/latest/meta-data/eipv4", ""},
		{"aliyun", "http://100.100.100.200/latest/meta-data/public-keys/", "0/"},
		{"cloudstack-metadata", "http://192.0.2.1/latest/meta-data/vm-id", "17"},
		{"exoscale", imds + "/1.0/meta-data/local-hostname", "exo1"},
		{"openstack", imds + "/latest/meta-data/instance-id", "i-00000009"},
		{"openstack-metadata", imds + "/2009-04-04/meta-data/instance-id", "i-00000009"},
		{"upcloud", imds + "/metadata/v1/instance_id", "00aa"},
		{"vultr", imds + "/v1/region/regioncode", "EWR"},
	} {
		s := start(t, tc.provider)
		want(t, s, 200, tc.body, "GET", tc.url)
		want(t, s, 404, "*", "GET", tc.url+"-not")
		want(t, s, 405, "*", "POST", tc.url)
	}
}
