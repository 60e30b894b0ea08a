package cincinnati

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// graphPath is the endpoint, relative to the base URL.
const graphPath = "v1/graph"

// Params is what a node tells of itself when it asks for its graph.
type Params struct {
	BaseURL  string // the endpoint is "v1/graph" resolved against it: a last path component without a slash is replaced
	Basearch string // in RPM's terms: x86_64, aarch64, …
	Stream   string // "stable"
	Platform string // ignition.platform.id
	Group    string // reboot group
	NodeUUID string // 32 hex digits

	OSVersion string  // booted version
	Payload   Payload // booted payload

	// Wariness is sent when it is not nil, with six decimals.
	Wariness *float64

	// ClientWariness asks for few distinct URLs, for caches on the way: the node computes
	// its own wariness (Wariness, or what [Wariness] makes of NodeUUID), rounds it up to a
	// hundredth and sends nothing else but the scope of the graph. Rounded up it is never
	// offered a release before its time, and up to a hundredth of a rollout later.
	ClientWariness bool
}

// URL returns the address to ask at. The query is sorted.
func (p Params) URL() (*url.URL, error) {
	base, err := url.Parse(p.BaseURL)
	if err != nil {
		// The error of net/url quotes the URL, which may hold a password.
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("failed to parse base URL: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("failed to parse '%s': not an absolute http or https URL", shorten(base.Redacted()))
	}
	u, err := base.Parse(graphPath)
	if err != nil {
		return nil, err
	}
	u.RawQuery = p.query().Encode()
	return u, nil
}

func (p Params) query() url.Values {
	q := url.Values{"basearch": {p.Basearch}, "stream": {p.Stream}}
	if p.Payload.Scheme == OCI {
		q.Set("oci", "true")
	}
	if p.ClientWariness {
		hundredths := roundUpWariness(p.ownWariness())
		q.Set(ParamWariness, strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64))
		return q
	}
	q.Set("platform", p.Platform)
	q.Set("group", p.Group)
	q.Set(ParamNodeUUID, p.NodeUUID)
	q.Set("os_version", p.OSVersion)
	q.Set("os_checksum", p.Payload.Text)
	if p.Wariness != nil {
		q.Set(ParamWariness, strconv.FormatFloat(*p.Wariness, 'f', 6, 64))
	}
	return q
}

func (p Params) ownWariness() float64 {
	if p.Wariness != nil {
		return *p.Wariness
	}
	return Wariness(p.NodeUUID)
}
