package azure

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/internal/metadata"
)

// Options of NewToken. The zero value is usable.
type Options struct {
	// ClientID chooses a user-assigned identity; empty is the system's.
	ClientID string
	// Endpoint is the base URL of the metadata service; empty is
	// http://169.254.169.254.
	Endpoint string
	// DialContext opens connections; nil is net.Dialer's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

const audience = "https://storage.azure.com"

// NewToken returns a source of tokens for Azure's storage. Nil options are the zero
// value. Tokens are kept until five minutes before they expire; errors are not kept.
func NewToken(opt *Options) resource.Token {
	if opt == nil {
		opt = &Options{}
	}
	base := opt.Endpoint
	if base == "" {
		base = "http://169.254.169.254"
	}
	query := url.Values{"api-version": {"2018-02-01"}, "resource": {audience}}
	if opt.ClientID != "" {
		query.Set("client_id", opt.ClientID)
	}
	i := identity{client: metadata.New(base, opt.DialContext), path: "/metadata/identity/oauth2/token?" + query.Encode()}
	return i.token
}

type identity struct {
	client *metadata.Client
	path   string
	cached metadata.Cached[string]
}

func (i *identity) token(ctx context.Context) (string, error) { return i.cached.Get(ctx, i.fetch) }

// retry are the statuses after which the metadata service is to be asked again.
var retry = []int{http.StatusNotFound, http.StatusGone, http.StatusTooManyRequests}

func (i *identity) fetch(ctx context.Context) (string, time.Time, error) {
	answer, err := i.client.Do(ctx, http.MethodGet, i.path, map[string]string{"Metadata": "true"}, retry...)
	if err != nil {
		return "", time.Time{}, err
	}
	return metadata.ParseToken(answer.Body, time.Now())
}
