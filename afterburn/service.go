package afterburn

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// linkLocal is where most clouds answer.
const linkLocal = "169.254.169.254"

// service is what the providers have in common that ask a service over HTTP.
type service struct{ *env }

// service returns one whose every request has the given header fields.
func (e *env) service(header web.Header) service {
	own := *e
	if len(header) > 0 {
		own.web = e.web.With(header)
	}
	return service{&own}
}

// checkServer refuses addresses of a lease that no service of a cloud can have.
func checkServer(a netip.Addr) error {
	a = a.Unmap()
	kind := ""
	switch {
	case a.IsUnspecified():
		kind = "the unspecified address"
	case a.IsLoopback():
		kind = "an address of this machine"
	case a.IsMulticast():
		kind = "a multicast address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		kind = "the broadcast address"
	default:
		return nil
	}
	return fmt.Errorf("%s is %s", a, kind)
}

var errHeaderValue = errors.New("failed to parse header value")

// How many keys a list of key ids may announce, and how large a document with one of them may be in bytes: all of them
// are in memory at the same time.
const (
	maxKeys = 512
	maxKey  = 64 << 10
)

// segment escapes an id of a service's list such that it is one segment of a path, whatever it holds.
func segment(id string) string {
	switch id {
	case ".", "..":
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}

// lines splits a text at "\n" or "\r\n"; an end of line at the end adds no line.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range list {
		if i < len(list)-1 || strings.HasSuffix(text, "\n") {
			list[i] = strings.TrimSuffix(line, "\r")
		}
	}
	return list
}

// each calls f for all elements at the same time, and returns the results in the order of the elements, or the error
// of the first of them that has one.
func each[T, R any](ctx context.Context, list []T, f func(context.Context, T) (R, error)) ([]R, error) {
	ctx, cancel := context.WithCancel(ctx) // after an error the other results are of no use
	defer cancel()
	waits := make([]*future[R], len(list))
	for i, v := range list {
		waits[i] = start(ctx, func(ctx context.Context) (R, error) { return f(ctx, v) })
	}
	out := make([]R, len(list))
	for i, wait := range waits {
		v, err := wait.get()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func tooManyKeys(n int) error {
	return fmt.Errorf("%d ssh keys, more than %d", n, maxKeys)
}

// headerValue checks a text of the network that is to be sent in a header field.
func headerValue(s string) error {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return errHeaderValue
		}
	}
	return nil
}

// hostname reads a document that is a hostname; an empty one is none.
func (s service) hostname(ctx context.Context, d web.Doc) (string, bool, error) {
	name, ok, err := s.web.Text(ctx, d)
	return name, ok && name != "", err
}

// keyLines reads a document with a key on each line; those that are none are told and left out.
func (s service) keyLines(ctx context.Context, d web.Doc) ([]sshkeys.Key, error) {
	text, _, err := s.web.Text(ctx, d)
	if err != nil {
		return nil, err
	}
	return sshkeys.ParseLines(text, func(_ string, err error) {
		s.log.Error("failed to parse SSH Public Key: " + err.Error())
	}), nil
}

// keyFile reads a document that is a file of authorized keys, all of which must be right.
func (s service) keyFile(ctx context.Context, d web.Doc) ([]sshkeys.Key, error) {
	text, ok, err := s.web.Text(ctx, d)
	if err != nil || !ok {
		return nil, err
	}
	return sshkeys.ParseFile(text)
}
