package gce

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/internal/metadata"
)

// Scope is what the token may be used for: reading objects.
const Scope = "https://www.googleapis.com/auth/devstorage.read_only"

// ErrNotGCE reports that there is no metadata service of Compute Engine. It is a
// [resource.ErrAnonymous].
var ErrNotGCE = fmt.Errorf("%w: not running in GCE", resource.ErrAnonymous)

// Options of NewToken. The zero value is usable.
type Options struct {
	// Endpoint is the base URL of the metadata service; empty is
	// http://169.254.169.254.
	Endpoint string
	// DialContext opens connections; nil is net.Dialer's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewToken returns a source of tokens of the default service account. Nil options are
// the zero value. Its error is [ErrNotGCE] outside of Compute Engine, and another
// [resource.ErrAnonymous] when there is no service account; a Fetcher is anonymous then.
// That there is no Compute Engine is kept for good, tokens until five minutes before they expire.
func NewToken(opt *Options) resource.Token {
	if opt == nil {
		opt = &Options{}
	}
	base := opt.Endpoint
	if base == "" {
		base = "http://169.254.169.254"
	}
	a := &account{client: metadata.New(base, opt.DialContext)}
	return a.token
}

type account struct {
	client    *metadata.Client
	cached    metadata.Cached[string]
	elsewhere atomic.Bool // it is known that there is no metadata service
}

var flavor = map[string]string{"Metadata-Flavor": "Google"}

const accountPath = "/computeMetadata/v1/instance/service-accounts/default/"

func (a *account) token(ctx context.Context) (string, error) {
	if a.elsewhere.Load() {
		return "", ErrNotGCE
	}
	return a.cached.Get(ctx, a.fetch)
}

func (a *account) fetch(ctx context.Context) (string, time.Time, error) {
	answer, err := a.client.Do(ctx, http.MethodGet, "/", flavor)
	if answer == nil || answer.Header.Get("Metadata-Flavor") != "Google" {
		if ctx.Err() != nil {
			return "", time.Time{}, err
		}
		a.elsewhere.Store(true)
		return "", time.Time{}, ErrNotGCE
	}
	if _, err := a.client.Do(ctx, http.MethodGet, accountPath+"scopes", flavor); err != nil {
		return "", time.Time{}, fmt.Errorf("%w: no service account: %w", resource.ErrAnonymous, err)
	}
	answer, err = a.client.Do(ctx, http.MethodGet, accountPath+"token?scopes="+url.QueryEscape(Scope), flavor)
	if err != nil {
		return "", time.Time{}, err
	}
	return metadata.ParseToken(answer.Body, time.Now())
}
