package afterburn

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// ibmCloud is IBM Cloud's Virtual Private Cloud: a drive that resembles cloud-init's NoCloud.
type ibmCloud struct {
	configDrive
	meta func() (map[string]string, error)
}

func newIBMCloud(ctx context.Context, e *env) (Provider, error) {
	d, err := e.drives.ByLabel(ctx, labelSeed, iso9660)
	if err != nil {
		return nil, err
	}
	p := &ibmCloud{configDrive: configDrive{d, e}}
	p.meta = sync.OnceValues(p.readMeta)
	return p, nil
}

// Attributes implements [AttributeSource].
func (p *ibmCloud) Attributes(context.Context) (Attributes, error) {
	meta, err := p.meta()
	if err != nil {
		return nil, err
	}
	var attrs Attributes
	attrs.AddNonEmpty("IBMCLOUD_INSTANCE_ID", meta["instance-id"])
	attrs.AddNonEmpty("IBMCLOUD_LOCAL_HOSTNAME", meta["local-hostname"])
	return attrs, nil
}

// Hostname implements [HostnameSource].
func (p *ibmCloud) Hostname(context.Context) (string, bool, error) {
	meta, err := p.meta()
	name := meta["local-hostname"]
	return name, name != "", err
}

// SSHKeys implements [KeySource]. They are in a part of the bundle that is meant for cloud-init.
func (p *ibmCloud) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	data, err := p.ReadFile("vendor-data", bundleLimit)
	if err != nil {
		return nil, fmt.Errorf("Failed to open vendordata '%q': %w", "vendor-data", err)
	}
	text, err := keysPart(data)
	if err != nil || text == "" {
		return nil, err
	}
	lines, err := parseKeysPart(text)
	if err != nil {
		return nil, fmt.Errorf("failed to deserialize cloud-config content: %w", err)
	}
	return sshkeys.ParseList(lines)
}

func parseKeysPart(text string) ([]string, error) {
	m, err := parseYAMLMapping([]byte(text), "ssh_authorized_keys")
	if err != nil {
		return nil, err
	}
	if m["ssh_authorized_keys"] == nil {
		return nil, missingMember("ssh_authorized_keys")
	}
	return m.list("ssh_authorized_keys")
}

func (p *ibmCloud) readMeta() (map[string]string, error) {
	data, err := p.read("meta-data", documentLimit)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("reading metadata: %w", errNotUTF8)
	}
	return parseColonPairs(string(data)), nil
}

// parseColonPairs reads lines "key: value". It looks like YAML and is not: a value is all behind the first colon,
// white space at both ends apart. Lines without a key or a value do not count; of several with one key the last does.
func parseColonPairs(text string) map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if key != "" && value != "" {
			pairs[key] = value
		}
	}
	return pairs
}
