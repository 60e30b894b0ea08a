package afterburn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/guestinfo"
)

// vmWare is VMware: variables that the hypervisor keeps for the machine. It knows about the network only.
type vmWare struct {
	*env
	kargs    string
	hasKargs bool
	metadata string // decoded
	hasMeta  bool
}

// newVMware reads the variables, each over a channel of its own.
func newVMware(_ context.Context, e *env) (Provider, error) {
	if e.arch != "amd64" {
		return nil, errors.New("unsupported architecture")
	}
	is, err := e.isVMware()
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, errors.New("not running on VMWare CPU")
	}
	p := &vmWare{env: e}
	if p.kargs, p.hasKargs, err = p.variable("afterburn.initrd.network-kargs"); err != nil {
		return nil, err
	}
	packed, hasMeta, err := p.variable("metadata")
	if err != nil {
		return nil, err
	}
	encoding, _, err := p.variable("metadata.encoding")
	if err != nil {
		return nil, err
	}
	p.hasMeta = hasMeta
	p.metadata, err = decodeGuestinfo(packed, encoding)
	return p, err
}

// variable returns a variable of the machine. Bytes that are no text are replaced.
func (p *vmWare) variable(name string) (string, bool, error) {
	value, ok, err := guestinfo.Variables{RPC: p.rpc}.Get(name)
	if err != nil {
		return "", false, fmt.Errorf("failed to retrieve guestinfo for %s%s: %w", guestinfo.Prefix, name, err)
	}
	return strings.ToValidUTF8(value, "\uFFFD"), ok, nil
}

// decodeGuestinfo decodes the metadata. There are fewer encodings than Ignition's config may have.
func decodeGuestinfo(packed, encoding string) (string, error) {
	switch encoding {
	case "", "base64", "b64", "gzip+base64", "gz+b64":
	default:
		return "", fmt.Errorf("unknown guestinfo.metadata.encoding '%.40s'", encoding)
	}
	if packed == "" {
		return "", nil
	}
	data, err := guestinfo.Decode(packed, encoding, documentLimit)
	if err != nil {
		return "", fmt.Errorf("guestinfo.metadata: %w", err)
	}
	if !utf8.Valid(data) {
		return "", fmt.Errorf("guestinfo.metadata: %w", errNotUTF8)
	}
	return string(data), nil
}

// Attributes implements [AttributeSource]. There are none.
func (p *vmWare) Attributes(context.Context) (Attributes, error) { return nil, nil }

// NetworkKargs implements [KargsSource] with what the operator has set.
func (p *vmWare) NetworkKargs(context.Context) (string, bool, error) {
	return p.kargs, p.hasKargs, nil
}

// Netplan implements [NetplanSource]: what the metadata have below "network", and nothing else of them.
func (p *vmWare) Netplan(context.Context) (string, error) {
	if !p.hasMeta {
		return "", nil
	}
	return netplanOf([]byte(p.metadata))
}
