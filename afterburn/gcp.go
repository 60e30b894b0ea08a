package afterburn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const (
	gcpBase      = "http://169.254.169.254/computeMetadata/v1/"
	gcpInterface = gcpBase + "instance/network-interfaces/0/"
)

// gcp is Google Compute Engine.
type gcp struct{ service }

func newGCP(_ context.Context, e *env) (Provider, error) {
	e.web.Alternate(linkLocal, "[fd20:ce::254]")
	return &gcp{e.service(web.Header{"Metadata-Flavor": {"Google"}})}, nil
}

func (p *gcp) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"GCP_HOSTNAME", gcpBase + "instance/hostname"},
		{"GCP_IP_EXTERNAL_0", gcpInterface + "access-configs/0/external-ip"},
		{"GCP_IP_LOCAL_0", gcpInterface + "ip"},
		{"GCP_MACHINE_TYPE", gcpBase + "instance/machine-type"},
	}, false, true)
}

func (p *gcp) Hostname(ctx context.Context) (string, bool, error) {
	return p.web.Text(ctx, web.Doc{URL: gcpBase + "instance/hostname"})
}

// SSHKeys returns the keys of all users of the instance and, unless the instance blocks them, of its project. The
// instance's outdated attribute sshKeys, where it has a key, stands for all of them.
func (p *gcp) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	texts, err := p.keyTexts(ctx)
	if err != nil {
		return nil, err
	}
	var keys []sshkeys.Key
	for _, text := range texts {
		key, err := sshkeys.Parse(text)
		if err != nil {
			return nil, err
		}
		if until, ok := gcpExpiry(key.Comment); ok && !p.now().Before(until) {
			p.log.Info(fmt.Sprintf("ignoring an ssh key that expired on %s", until.UTC().Format(time.RFC3339)))
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// keyTexts fetches what is of the instance at once. The project is asked only if its keys count.
func (p *gcp) keyTexts(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx) // what is not needed any more ends
	defer cancel()
	attribute := func(name string) *future[[]string] {
		return start(ctx, func(ctx context.Context) ([]string, error) { return p.attributeKeys(ctx, name) })
	}
	outdated, current := attribute("instance/attributes/sshKeys"), attribute("instance/attributes/ssh-keys")
	blocked := start(ctx, func(ctx context.Context) (bool, error) {
		text, _, err := p.web.Text(ctx, web.Doc{URL: gcpBase + "instance/attributes/block-project-ssh-keys"})
		return text == "true", err
	})
	list, err := outdated.get()
	if err != nil || len(list) > 0 {
		return list, err
	}
	if list, err = current.get(); err != nil {
		return nil, err
	}
	if block, err := blocked.get(); err != nil || block {
		return list, err
	}
	outdated, current = attribute("project/attributes/sshKeys"), attribute("project/attributes/ssh-keys")
	for _, wait := range []*future[[]string]{outdated, current} {
		more, err := wait.get()
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// attributeKeys reads lines of "user:key". The users are of no interest: all keys are for the one user that gets them.
func (p *gcp) attributeKeys(ctx context.Context, name string) ([]string, error) {
	text, _, err := p.web.Text(ctx, web.Doc{URL: gcpBase + name})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, line := range lines(text) {
		if line == "" {
			continue
		}
		_, key, ok := strings.Cut(line, ":")
		if !ok {
			return nil, errors.New("character ':' not found in line in key data")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// gcpExpiry reads a comment like `google-ssh {"userName":"a@example.org","expireOn":"2026-12-04T20:12:00+0000"}`. A key
// whose comment is another, or cannot be read, does not expire.
func gcpExpiry(comment string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(comment, "google-ssh ")
	if !ok {
		return time.Time{}, false
	}
	var d struct {
		ExpireOn string `json:"expireOn"`
	}
	if json.Unmarshal([]byte(rest), &d) != nil {
		return time.Time{}, false
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z0700", time.RFC3339} {
		if t, err := time.Parse(layout, d.ExpireOn); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
