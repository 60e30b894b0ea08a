package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/s3"
)

func TestWhereObjectsAre(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	c.regions["bucket.s3.eu-west-1.amazonaws.com/"] = "eu-west-1"
	c.regions["s3.us-east-1.amazonaws.com/dotted.bucket"] = "eu-west-1"
	c.regions["s3.cn-north-1.amazonaws.com.cn/dotted.bucket"] = "cn-north-1"
	c.regions["bucket.s3.us-gov-west-1.amazonaws.com/"] = "us-gov-east-1"
	ok := []byte("ok")
	const get = "GET "
	const x = "x-id=GetObject bytes=0-5242879"
	for source, want := range map[string][2]string{
		"s3://bucket/a/b":                                                {"HEAD bucket.s3.us-east-1.amazonaws.com/", get + "bucket.s3.dualstack.eu-west-1.amazonaws.com/a/b?" + x},
		"s3://bucket//a//b":                                              {"HEAD bucket.s3.us-east-1.amazonaws.com/", get + "bucket.s3.dualstack.eu-west-1.amazonaws.com/a//b?" + x},
		"s3://bucket/a%20%2B%C3%BC?versionId=v%201":                      {"HEAD bucket.s3.us-east-1.amazonaws.com/", get + "bucket.s3.dualstack.eu-west-1.amazonaws.com/a%20%2B%C3%BC?versionId=v%201&" + x},
		"s3://dotted.bucket/k":                                           {"HEAD s3.us-east-1.amazonaws.com/dotted.bucket", get + "s3.dualstack.eu-west-1.amazonaws.com/dotted.bucket/k?" + x},
		"arn:aws:s3:::bucket/a/b":                                        {"HEAD bucket.s3.us-east-1.amazonaws.com/", get + "bucket.s3.dualstack.eu-west-1.amazonaws.com/a/b?" + x},
		"arn:aws-cn:s3:::dotted.bucket/k":                                {"HEAD s3.cn-north-1.amazonaws.com.cn/dotted.bucket", get + "s3.dualstack.cn-north-1.amazonaws.com.cn/dotted.bucket/k?" + x},
		"arn:aws-us-gov:s3:::bucket/k":                                   {"HEAD bucket.s3.us-gov-west-1.amazonaws.com/", get + "bucket.s3.dualstack.us-gov-east-1.amazonaws.com/k?" + x},
		"arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap/object/k/v": {get + "my-ap-123456789012.s3-accesspoint.dualstack.us-west-2.amazonaws.com/k/v?" + x, ""},
	} {
		t.Run(source, func(t *testing.T) {
			for _, w := range want {
				if u, found := strings.CutPrefix(w, get); found {
					place, _, _ := strings.Cut(u, "?")
					c.objects[place], c.objects[place+"?v 1"] = ok, ok
				}
			}
			data, err := c.get(s3.New(nil), source)
			require.NoError(t, err)
			require.Equal(t, "ok", string(data))
			require.Equal(t, strings.Join(want[:], "\n"), strings.Join(append(c.requests, "")[:2], "\n"))
		})
	}
	hinted := s3.New(&s3.Options{Region: func(context.Context) (string, error) { return "eu-west-1", nil }})
	_, err := c.get(hinted, "s3://bucket/a/b")
	require.NoError(t, err)
	require.Equal(t, "HEAD bucket.s3.eu-west-1.amazonaws.com/", c.requests[0])
	hinted.SetRegionHint("us-east-1")
	_, err = c.get(hinted, "s3://bucket/a/b")
	require.NoError(t, err)
	require.Equal(t, "HEAD bucket.s3.us-east-1.amazonaws.com/", c.requests[0])
}

func TestErrors(t *testing.T) {
	c := newCloud(t)
	for bucket, region := range map[string]string{"bucket": "eu-west-1", "evil": "x.evil.test/", "silent": "", "iso": "us-iso-east-1"} {
		c.regions[bucket+".s3.us-east-1.amazonaws.com/"] = region
	}
	for source, text := range map[string]string{
		"s3://gone/k":                            `could not find bucket "gone": bucket not found`,
		"s3:///k":                                `couldn't determine the region for bucket "": no bucket`,
		"s3://silent/k":                          `couldn't determine the region for bucket "silent": status 403 Forbidden`,
		"s3://evil/k":                            `couldn't determine the region for bucket "evil": invalid region "x.evil.test/"`,
		"s3://iso/k":                             `couldn't determine the region for bucket "iso": region us-iso-east-1: dual-stack endpoints are not supported`,
		"s3://bucket/missing":                    `error fetching object "missing" from bucket "bucket": status 404: "NoSuchKey": "The specified key does not exist."`,
		"arn:aws:s3:::bucket":                    "invalid S3 ARN format",
		"arn:aws:sqs:::bucket/k":                 "invalid S3 ARN format",
		"arn:aws:s3":                             "invalid S3 ARN format",
		"arn:aws:s3:us-west-2:1:accesspoint/a/k": "invalid S3 ARN format",
		"arn:aws:s3:us-west-2:1.evil:accesspoint/a/object/k":            `error fetching object "k" from bucket "arn:aws:s3:us-west-2:1.evil:accesspoint/a": invalid access point "arn:aws:s3:us-west-2:1.evil:accesspoint/a"`,
		"arn:aws:s3::123456789012:accesspoint/mfzw.mrap/object/object/": `couldn't determine the region for bucket "arn:aws:s3::123456789012:accesspoint/mfzw.mrap": multi-region access points are not supported`,
	} {
		_, err := c.get(s3.New(&s3.Options{Sleep: noSleep}), source)
		require.EqualError(t, err, text, source)
	}
}

func TestParts(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	const part = 5 << 20
	big := noise(7*part + 5)
	for _, size := range []int{0, 1, part - 1, part, part + 1, 7*part + 5} {
		c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/"+strconv.Itoa(size)] = big[:size]
		data, err := c.get(s3.New(nil), "s3://bucket/"+strconv.Itoa(size))
		require.NoError(t, err, size)
		require.True(t, bytes.Equal(big[:size], data), size)
		require.Len(t, c.requests, 1+max(1, (size+part-1)/part))
		require.LessOrEqual(t, c.max, 5)
	}
	require.Greater(t, c.max, 1)
}

func TestBadAnswers(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	const size = 12 << 20
	data := noise(size)
	c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/k"] = data
	second := func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Range"), "bytes=5242880-") }
	tries := 0
	hangUp := func(w http.ResponseWriter) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}
	for name, bad := range map[string]struct {
		edit func(w http.ResponseWriter, r *http.Request, n int) bool
		err  string
	}{
		"first attempts fail": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.Method == "GET" && second(r) {
				if tries++; tries < 3 {
					w.WriteHeader(503)
					return true
				}
				return false
			}
			if n == 1 {
				hangUp(w)
				return true
			}
			return false
		}, ""},
		"always 503": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if second(r) {
				w.WriteHeader(503)
			}
			return second(r)
		}, `error fetching object "k" from bucket "bucket": status 503 Service Unavailable`},
		"no ranges": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.Method == "GET" {
				w.Write(data)
			}
			return r.Method == "GET"
		}, ""},
		"whole instead of a part": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if second(r) {
				w.Write(data)
			}
			return second(r)
		}, "status 200 OK"},
		"another range": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if second(r) {
				r.Header.Set("Range", "bytes=0-99")
				r.Header.Del("If-Match")
			}
			return false
		}, "server sent another range"},
		"object replaced": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if second(r) && r.Header.Get("If-Match") != "" {
				w.WriteHeader(412)
				io.WriteString(w, "<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>")
			}
			return second(r)
		}, "PreconditionFailed"},
		"impossible size": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.Method == "GET" {
				w.Header().Set("Content-Range", "bytes 0-5242879/99999999999999999999")
				w.WriteHeader(206)
			}
			return r.Method == "GET"
		}, "invalid Content-Range"},
		"cut": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if second(r) {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 5242880-10485759/%d", size))
				w.Header().Set("ETag", r.Header.Get("If-Match"))
				w.Header().Set("Content-Length", "5242880")
				w.WriteHeader(206)
				w.Write(data[:1000])
			}
			return second(r)
		}, "unexpected EOF"},
		"endless error": {func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.Method != "GET" {
				return false
			}
			w.WriteHeader(400)
			for range 10000 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					break
				}
			}
			return true
		}, "status 400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			c.mu.Lock() // a request of the test before may still be on its way
			c.edit = bad.edit
			c.mu.Unlock()
			got, err := c.get(s3.New(&s3.Options{Sleep: noSleep}), "s3://bucket/k")
			if bad.err != "" {
				require.ErrorContains(t, err, bad.err)
				return
			}
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
}

func TestClosingEarly(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/k"] = noise(20 << 20)
	u, _ := url.Parse("s3://bucket/k")
	body, err := s3.New(nil).Open(t.Context(), c.client, u)
	require.NoError(t, err)
	_, err = body.Read(make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, body.Close())
	_, err = body.Read(make([]byte, 10))
	require.Error(t, err)
}

// instance serves the metadata of a virtual machine.
func instance(t *testing.T, answers map[string]string) *s3.Instance {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, v2 := answers["PUT"]
		if r.Method == http.MethodPut && v2 && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") == "21600" {
			io.WriteString(w, token)
			return
		}
		answer, ok := answers[r.URL.Path]
		switch {
		case v2 && r.Header.Get("X-Aws-Ec2-Metadata-Token") != token:
			w.WriteHeader(401)
		case !ok:
			w.WriteHeader(404)
		default:
			io.WriteString(w, answer)
		}
	}))
	t.Cleanup(srv.Close)
	return s3.NewInstance(&s3.InstanceOptions{Endpoint: srv.URL})
}

const roles = "/latest/meta-data/iam/security-credentials/"

func role(expires time.Time) map[string]string {
	return map[string]string{
		"PUT": "imds-token", roles: "my-role", roles + "my-role": fmt.Sprintf(
			`{"Code":"Success","AccessKeyId":%q,"SecretAccessKey":%q,"Token":"session","Expiration":%q}`,
			keyID, secret, expires.UTC().Format(time.RFC3339)),
		"/latest/dynamic/instance-identity/document": `{"region":"eu-west-1"}`,
	}
}

func TestSignedRequests(t *testing.T) {
	c := newCloud(t)
	c.private = true
	c.regions["bucket.s3.eu-west-1.amazonaws.com/"] = "eu-west-1"
	data := noise(11 << 20)
	c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/dir/a%20b%2B%28%C3%BC%29?v 1+2"] = data
	c.objects["my-ap-123456789012.s3-accesspoint.dualstack.us-west-2.amazonaws.com/k"] = data[:7]
	vm := instance(t, role(time.Now().Add(time.Hour)))
	client := s3.New(&s3.Options{Credentials: vm.Credentials, Region: vm.Region})
	for range 2 {
		got, err := c.get(client, "s3://bucket/dir/a%20b+(%C3%BC)?versionId=v%201%2B2")
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	}
	got, err := c.get(client, "arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap/object/k")
	require.NoError(t, err)
	require.Equal(t, data[:7], got)
}

func TestInstanceWithoutRole(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/k"] = []byte("public")
	for name, answers := range map[string]map[string]string{
		"no role":    {"PUT": "t"},
		"version 1":  {},
		"empty":      {"PUT": "t", roles: ""},
		"not JSON":   {"PUT": "t", roles: "r", roles + "r": "<html>"},
		"failure":    {"PUT": "t", roles: "r", roles + "r": `{"Code":"Failed","Message":"no"}`},
		"incomplete": {"PUT": "t", roles: "r", roles + "r": `{"Code":"Success"}`},
		"no end":     {"PUT": "t", roles: "r", roles + "r": `{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"}`},
	} {
		t.Run(name, func(t *testing.T) {
			vm := instance(t, answers)
			_, err := vm.Credentials(t.Context())
			require.ErrorContains(t, err, "EC2 IMDS role")
			client := s3.New(&s3.Options{Credentials: vm.Credentials, Region: vm.Region, Sleep: noSleep})
			got, err := c.get(client, "s3://bucket/k")
			require.NoError(t, err)
			require.Equal(t, "public", string(got))
			_, err = c.get(client, "s3://bucket/missing")
			require.ErrorContains(t, err, `error fetching object "missing" from bucket "bucket" anonymously: status 404: "NoSuchKey"`)
			require.ErrorContains(t, err, "(authenticated fetch also failed: EC2 IMDS role: ")
		})
	}
}

func TestInstanceCaches(t *testing.T) {
	answers := role(time.Now().Add(time.Hour))
	vm := instance(t, answers)
	first, err := vm.Credentials(t.Context())
	require.NoError(t, err)
	require.Equal(t, s3.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: "session"}, first)
	region, err := vm.Region(t.Context())
	require.NoError(t, err)
	require.Equal(t, "eu-west-1", region)
	clear(answers)
	again, err := vm.Credentials(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = vm.Region(t.Context())
	require.NoError(t, err)

	old := instance(t, role(time.Now().Add(time.Minute)))
	_, err = old.Credentials(t.Context())
	require.NoError(t, err)
	bad := instance(t, map[string]string{"/latest/dynamic/instance-identity/document": `{"region":"a.b"}`})
	_, err = bad.Region(t.Context())
	require.ErrorContains(t, err, "invalid region")
}

func TestThroughAFetcher(t *testing.T) {
	c := newCloud(t)
	c.regions["bucket.s3.us-east-1.amazonaws.com/"] = "eu-west-1"
	data := noise(11 << 20)
	c.objects["bucket.s3.dualstack.eu-west-1.amazonaws.com/k"] = data
	f, err := resource.New(&resource.Options{
		DialContext: c.dial, SystemRoots: c.ca.Pool, FetchTimeout: time.Minute,
		Sources: map[string]resource.Source{"s3": s3.New(nil)},
	})
	require.NoError(t, err)
	var ign types.Ignition
	bundle := "data:;base64," + base64.StdEncoding.EncodeToString(c.ca.PEM)
	ign.Security.TLS.CertificateAuthorities = []types.Resource{{Source: &bundle}}
	require.NoError(t, f.Configure(t.Context(), ign))
	source := "s3://bucket/k"
	sum := sha256.Sum256(data)
	hash := "sha256-" + hex.EncodeToString(sum[:])
	var out bytes.Buffer
	require.NoError(t, f.Fetch(t.Context(), types.Resource{Source: &source, Verification: types.Verification{Hash: &hash}}, &out))
	require.True(t, bytes.Equal(data, out.Bytes()))

	// A writer that fails ends the transfer.
	full := errors.New("disk full")
	require.ErrorIs(t, f.Fetch(t.Context(), types.Resource{Source: &source}, failing{full}), full)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
