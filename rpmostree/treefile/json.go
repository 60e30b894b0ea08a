package treefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) { return encode(v, "") }

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// withDefaults leaves out what is written only if it differs from the default.
func (c *Config) withDefaults() *Config {
	out := *c
	for _, p := range []**MetadataTarget{&out.RepoMetadata, &out.AdvisoriesMetadata} {
		if *p != nil && **p == MetadataInline {
			*p = nil
		}
	}
	return &out
}

// MarshalJSON writes the flattened treefile: known keys in a fixed order, then those without a meaning,
// sorted. Variables, repovars and includes are not part of it.
func (c *Config) MarshalJSON() ([]byte, error) {
	type plain Config
	b, err := marshal((*plain)(c.withDefaults()))
	if err != nil || len(c.Extra) == 0 {
		return b, err
	}
	extra, err := marshal(c.Extra)
	if err != nil {
		return nil, err
	}
	if len(b) == len("{}") {
		return extra, nil
	}
	return slices.Concat(b[:len(b)-1], []byte{','}, extra[1:]), nil
}

// JSON returns the flattened treefile as "compose tree --print-only" prints it and as it is kept in
// usr/share/rpm-ostree/treefile.json: indented by two spaces, without a newline at the end. It is for
// people and other programs; as in rpm-ostree, read as a treefile again, requests with white space would
// be split.
func (c *Config) JSON() ([]byte, error) { return encode(c, "  ") }

// Digest returns the SHA-256, in hex, of the compact JSON. The names of layers, metadata and keys
// without a meaning do not count: they do not change what is composed.
func (c *Config) Digest() (string, error) {
	out := *c
	out.OstreeLayers, out.Metadata, out.Extra = nil, nil, nil
	b, err := marshal(&out)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
