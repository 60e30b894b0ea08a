package afterburn

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// oracleCloud is Oracle Cloud Infrastructure.
type oracleCloud struct {
	service
	doc oracleCloudDocument
}

func newOracleCloud(ctx context.Context, e *env) (Provider, error) {
	p := &oracleCloud{service: e.service(web.Header{"Authorization": {"Bearer Oracle"}})}
	_, err := p.web.JSON(ctx, web.Doc{URL: "http://169.254.169.254/opc/v2/instance", Required: true}, &p.doc)
	return p, err
}

type oracleCloudDocument struct {
	availabilityDomain, regionName, compartmentID, faultDomain, hostname, id, shape string

	keys json.RawMessage // metadata.ssh_authorized_keys; nil: none
}

// UnmarshalJSON reads the document. The metadata are what users put there, of any type.
func (d *oracleCloudDocument) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.availabilityDomain, d.regionName = o.text("availabilityDomain"), o.text("canonicalRegionName")
	d.compartmentID, d.faultDomain = o.text("compartmentId"), o.text("faultDomain")
	d.hostname, d.id, d.shape = o.text("hostname"), o.text("id"), o.text("shape")
	if _, ok := o.members["metadata"]; ok {
		if metadata := o.object("metadata"); metadata.has("ssh_authorized_keys") {
			d.keys = metadata.members["ssh_authorized_keys"]
		}
	}
	return o.err()
}

func (p *oracleCloud) Attributes(context.Context) (Attributes, error) {
	return Attributes{
		{"ORACLECLOUD_AVAILABILITY_DOMAIN", p.doc.availabilityDomain},
		{"ORACLECLOUD_COMPARTMENT_ID", p.doc.compartmentID},
		{"ORACLECLOUD_FAULT_DOMAIN", p.doc.faultDomain},
		{"ORACLECLOUD_HOSTNAME", p.doc.hostname},
		{"ORACLECLOUD_INSTANCE_ID", p.doc.id},
		{"ORACLECLOUD_INSTANCE_SHAPE", p.doc.shape},
		{"ORACLECLOUD_REGION_ID", p.doc.regionName},
	}, nil
}

func (p *oracleCloud) Hostname(context.Context) (string, bool, error) {
	return p.doc.hostname, true, nil
}

// SSHKeys reads a key on each line; a line without one is an error, an empty one too.
func (p *oracleCloud) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	if p.doc.keys == nil {
		return nil, nil
	}
	text, err := parseText(p.doc.keys)
	if err != nil {
		return nil, fmt.Errorf("ssh_authorized_keys metadata value is not a string: %s", canonicalJSON(p.doc.keys))
	}
	if text == "" {
		return nil, nil
	}
	return sshkeys.ParseList(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
}

// canonicalJSON writes a value in one line, its members sorted by their names.
func canonicalJSON(raw json.RawMessage) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return clip(string(raw))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return clip(string(raw))
	}
	return clip(strings.TrimSuffix(b.String(), "\n"))
}
