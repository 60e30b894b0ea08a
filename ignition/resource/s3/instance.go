package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource/internal/metadata"
)

const (
	regionTimeout = 15 * time.Second
	tokenPath     = "/latest/api/token"
	rolePath      = "/latest/meta-data/iam/security-credentials/"
	identityPath  = "/latest/dynamic/instance-identity/document"
)

// InstanceOptions are those of NewInstance. The zero value is usable.
type InstanceOptions struct {
	// Endpoint is the base URL of the metadata service; empty is
	// http://169.254.169.254.
	Endpoint string
	// DialContext opens connections; nil is net.Dialer's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Instance asks the metadata service of EC2 about the virtual machine.
type Instance struct {
	client *metadata.Client
	cached metadata.Cached[Credentials]

	mu     sync.Mutex
	region string
}

// NewInstance returns an Instance. Nil options are the zero value.
func NewInstance(opt *InstanceOptions) *Instance {
	if opt == nil {
		opt = &InstanceOptions{}
	}
	base := opt.Endpoint
	if base == "" {
		base = "http://169.254.169.254"
	}
	return &Instance{client: metadata.New(base, opt.DialContext)}
}

// Credentials returns those of the instance's role; they are kept until shortly before
// they expire. Errors begin with "EC2 IMDS role".
func (i *Instance) Credentials(ctx context.Context) (Credentials, error) {
	credentials, err := i.cached.Get(ctx, i.fetch)
	if err != nil {
		return Credentials{}, fmt.Errorf("EC2 IMDS role: %w", err)
	}
	return credentials, nil
}

// session returns the header that version 2 of the service wants; version 1 has no
// tokens and says so.
func (i *Instance) session(ctx context.Context) (map[string]string, error) {
	answer, err := i.client.Do(ctx, http.MethodPut, tokenPath,
		map[string]string{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "21600"})
	if err == nil {
		return map[string]string{"X-Aws-Ec2-Metadata-Token": strings.TrimSpace(string(answer.Body))}, nil
	}
	if status, ok := errors.AsType[*metadata.StatusError](err); ok {
		switch status.Status {
		case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
			return nil, nil
		}
	}
	return nil, err
}

func (i *Instance) fetch(ctx context.Context) (c Credentials, expires time.Time, err error) {
	session, err := i.session(ctx)
	if err != nil {
		return c, expires, err
	}
	answer, err := i.client.Do(ctx, http.MethodGet, rolePath, session)
	if err != nil {
		return c, expires, err
	}
	role, _, _ := strings.Cut(strings.TrimSpace(string(answer.Body)), "\n")
	if role == "" {
		return c, expires, errors.New("the instance has none")
	}
	answer, err = i.client.Do(ctx, http.MethodGet, rolePath+url.PathEscape(role), session)
	if err != nil {
		return c, expires, err
	}
	return parseCredentials(answer.Body)
}

// parseCredentials reads the document of a role. Errors must not quote it.
func parseCredentials(data []byte) (c Credentials, expires time.Time, err error) {
	var doc struct {
		Code, Message                      string
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}
	if json.Unmarshal(data, &doc) != nil {
		return c, expires, errors.New("invalid document")
	}
	if doc.Code != "" && doc.Code != "Success" {
		return c, expires, fmt.Errorf("%.64q: %.300q", doc.Code, doc.Message)
	}
	if doc.AccessKeyID == "" || doc.SecretAccessKey == "" {
		return c, expires, errors.New("incomplete document")
	}
	expires, err = time.Parse(time.RFC3339, doc.Expiration)
	if err != nil {
		return c, expires, errors.New("invalid expiration")
	}
	return Credentials{doc.AccessKeyID, doc.SecretAccessKey, doc.Token}, expires, nil
}

// Region returns the region of the instance, asking for it at most 15 seconds. It is
// kept.
func (i *Instance) Region(ctx context.Context) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.region != "" {
		return i.region, nil
	}
	ctx, cancel := context.WithTimeout(ctx, regionTimeout)
	defer cancel()
	session, err := i.session(ctx)
	if err != nil {
		return "", err
	}
	answer, err := i.client.Do(ctx, http.MethodGet, identityPath, session)
	if err != nil {
		return "", err
	}
	var doc struct{ Region string }
	if err := json.Unmarshal(answer.Body, &doc); err != nil {
		return "", fmt.Errorf("instance identity document: %w", err)
	}
	if !isLabel(doc.Region) {
		return "", fmt.Errorf("instance identity document: invalid region %.80q", doc.Region)
	}
	i.region = doc.Region
	return i.region, nil
}
