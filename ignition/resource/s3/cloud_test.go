package s3_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/resource/internal/pkitest"
	"github.com/nestos-dev/nestos/ignition/resource/s3"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// cloud is S3 under all of its names, and the metadata service.
type cloud struct {
	t       *testing.T
	objects map[string][]byte // by host and escaped path
	regions map[string]string // of HEAD requests, by host and escaped path
	private bool              // signatures are demanded
	edit    func(w http.ResponseWriter, r *http.Request, n int) bool

	mu       sync.Mutex
	requests []string
	now, max int
	ca       *pkitest.CA
	client   *http.Client
	srv      *httptest.Server
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{t: t, objects: map[string][]byte{}, regions: map[string]string{}}
	ca := pkitest.New(t, "ca")
	c.ca = ca
	c.srv = httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	c.srv.TLS = ca.Server("*.s3.us-east-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com", "s3.us-east-1.amazonaws.com",
		"s3.cn-north-1.amazonaws.com.cn", "*.s3.us-gov-west-1.amazonaws.com",
		"*.s3.dualstack.eu-west-1.amazonaws.com", "s3.dualstack.eu-west-1.amazonaws.com",
		"s3.dualstack.cn-north-1.amazonaws.com.cn", "*.s3.dualstack.us-gov-east-1.amazonaws.com",
		"*.s3-accesspoint.dualstack.us-west-2.amazonaws.com")
	c.srv.StartTLS()
	t.Cleanup(c.srv.Close)
	c.client = &http.Client{Transport: &http.Transport{DialContext: c.dial, TLSClientConfig: c.srv.TLS.Clone()}}
	pool, _ := ca.Pool()
	c.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
	return c
}

func (c *cloud) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, c.srv.Listener.Addr().String())
}

func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	line := r.Method + " " + r.Host + r.RequestURI
	if rng := r.Header.Get("Range"); rng != "" {
		line += " " + rng
	}
	c.requests = append(c.requests, line)
	n := len(c.requests)
	c.now++
	c.max = max(c.max, c.now)
	edit := c.edit
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.now--
		c.mu.Unlock()
	}()
	if edit != nil && edit(w, r, n) {
		return
	}
	place := r.Host + r.URL.EscapedPath()
	if r.Method == http.MethodHead {
		if r.Header.Get("Authorization") != "" {
			c.t.Error("the region is to be asked for anonymously")
		}
		region, ok := c.regions[place]
		if !ok {
			w.WriteHeader(404)
			return
		}
		w.Header().Set("X-Amz-Bucket-Region", region)
		w.WriteHeader(403)
		return
	}
	if c.private {
		if err := verify(r); err != nil {
			w.WriteHeader(403)
			fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>%s</Message></Error>`, err)
			return
		}
	} else if r.Header.Get("Authorization") != "" {
		c.t.Error("unexpected signature")
	}
	data, ok := c.objects[place+versionOf(r)]
	if !ok {
		w.WriteHeader(404)
		io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key></Error>`)
		return
	}
	time.Sleep(50 * time.Millisecond) // for others to come
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func versionOf(r *http.Request) string {
	if v := r.URL.Query().Get("versionId"); v != "" {
		return "?" + v
	}
	return ""
}

// verify recomputes the signature of a request (AWS Signature Version 4), on its own.
func verify(r *http.Request) error {
	const scheme = "AWS4-HMAC-SHA256 "
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), scheme)
	if !ok {
		return errors.New("anonymous")
	}
	field := map[string]string{}
	for _, f := range strings.Split(auth, ", ") {
		name, value, _ := strings.Cut(f, "=")
		field[name] = value
	}
	scope := strings.Split(field["Credential"], "/")
	if len(scope) != 5 || scope[0] != keyID || scope[3] != "s3" || scope[4] != "aws4_request" {
		return fmt.Errorf("credential %q", field["Credential"])
	}
	if !strings.Contains(r.Host, scope[2]) {
		return fmt.Errorf("signed for %s", scope[2])
	}
	var headers strings.Builder
	signed := strings.Split(field["SignedHeaders"], ";")
	for _, need := range []string{"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(signed, need) {
			return fmt.Errorf("%s is not signed", need)
		}
	}
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	var query []string
	query = append(query, strings.Split(r.URL.RawQuery, "&")...)
	slices.Sort(query)
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), strings.Join(query, "&"), headers.String(),
		field["SignedHeaders"], r.Header.Get("X-Amz-Content-Sha256")}, "\n")
	date := r.Header.Get("X-Amz-Date")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{strings.TrimSpace(scheme), date, strings.Join(scope[1:], "/"), hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range append(scope[1:], text) {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	if hex.EncodeToString(key) != field["Signature"] {
		return errors.New("wrong signature")
	}
	return nil
}

func (c *cloud) get(client *s3.Client, source string) ([]byte, error) {
	c.requests, c.max = nil, 0
	u, err := url.Parse(source)
	require.NoError(c.t, err)
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	body, err := client.Open(ctx, c.client, u)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func noise(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{3})
	rng.Read(b)
	return b
}

func noSleep(context.Context, time.Duration) {}
