package afterburn

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const akamaiBase = "http://169.254.169.254/v1/"

// akamai is Akamai Connected Cloud, once Linode.
type akamai struct{ service }

func newAkamai(ctx context.Context, e *env) (Provider, error) {
	e.web.Alternate(linkLocal, "[fd00:a9fe:a9fe::1]")
	token, err := e.web.Put(ctx, web.Doc{
		URL:    akamaiBase + "token",
		Header: web.Header{"Metadata-Token-Expiry-Seconds": {"300"}},
	}, web.TypeText)
	if err != nil {
		return nil, err
	}
	if err := headerValue(token); err != nil {
		return nil, err
	}
	return &akamai{e.service(web.Header{"Metadata-Token": {token}, "Accept": {"application/json"}})}, nil
}

// document reads one of the service's documents, none of which may be absent.
func (p *akamai) document(ctx context.Context, name string, into any) error {
	ok, err := p.web.JSON(ctx, web.Doc{URL: akamaiBase + name}, into)
	if err == nil && !ok {
		what := map[string]string{"instance": "instance metadata", "network": "network metadata", "ssh-keys": "ssh keys"}[name]
		err = errors.New("get " + what)
	}
	return err
}

func (p *akamai) Attributes(ctx context.Context) (Attributes, error) {
	var i akamaiInstance
	var n akamaiNetwork
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	network := start(ctx, func(ctx context.Context) (any, error) { return nil, p.document(ctx, "network", &n) })
	if err := p.document(ctx, "instance", &i); err != nil {
		return nil, err
	}
	if _, err := network.get(); err != nil {
		return nil, err
	}
	list := Attributes{
		{"AKAMAI_INSTANCE_ID", strconv.FormatInt(i.id, 10)},
		{"AKAMAI_INSTANCE_HOST_UUID", i.hostUUID},
		{"AKAMAI_INSTANCE_LABEL", i.label},
		{"AKAMAI_INSTANCE_REGION", i.region},
		{"AKAMAI_INSTANCE_TYPE", i.kind},
		{"AKAMAI_INSTANCE_TAGS", strings.Join(i.tags, ":")},
		{"AKAMAI_IPV6_SLAAC", n.slaac},
		{"AKAMAI_IPV6_LINK_LOCAL", n.linkLocal},
	}
	addNumbered(&list, "AKAMAI_PUBLIC_IPV4", n.public)
	addNumbered(&list, "AKAMAI_PRIVATE_IPV4", n.private)
	addNumbered(&list, "AKAMAI_SHARED_IPV4", n.shared)
	addNumbered(&list, "AKAMAI_IPV6_RANGE", n.ranges)
	addNumbered(&list, "AKAMAI_IPV6_SHARED_RANGE", n.sharedRanges)
	return list, nil
}

// addNumbered adds an attribute for each value, with names that end in _0, _1, …
func addNumbered(list *Attributes, name string, values []string) {
	for i, v := range values {
		list.Add(fmt.Sprintf("%s_%d", name, i), v)
	}
}

// SSHKeys returns the keys of all users, which are taken in the order of their names.
func (p *akamai) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	var d akamaiKeys
	if err := p.document(ctx, "ssh-keys", &d); err != nil {
		return nil, err
	}
	var texts []string
	for _, user := range slices.Sorted(maps.Keys(d)) {
		texts = append(texts, d[user]...)
	}
	return sshkeys.ParseList(texts)
}

type akamaiInstance struct {
	id                            int64
	hostUUID, label, region, kind string
	tags                          []string
}

// UnmarshalJSON reads the document, of which upstream knows every member as required.
func (d *akamaiInstance) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.id = o.integer("id", 64)
	d.hostUUID = o.text("host_uuid")
	d.label, d.region, d.kind = o.text("label"), o.text("region"), o.text("type")
	d.tags = o.texts("tags")
	specs := o.object("specs")
	for _, name := range []string{"vcpus", "memory", "disk", "transfer", "gpus"} {
		specs.unsigned(name, 64)
	}
	backups := o.object("backups")
	backups.boolean("enabled")
	backups.optText("status")
	return o.err()
}

type akamaiNetwork struct {
	public, private, shared []string
	slaac, linkLocal        string
	ranges, sharedRanges    []string
}

// UnmarshalJSON reads the document.
func (d *akamaiNetwork) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	o.objects("interfaces", func(i object) {
		i.unsigned("id", 64)
		i.optText("purpose")
		i.optText("label")
		i.optText("ipam_address")
	})
	v4 := o.object("ipv4")
	d.public, d.private, d.shared = v4.texts("public"), v4.texts("private"), v4.texts("shared")
	v6 := o.object("ipv6")
	d.slaac, d.linkLocal = v6.text("slaac"), v6.text("link_local")
	d.ranges, d.sharedRanges = v6.texts("ranges"), v6.texts("shared_ranges")
	return o.err()
}

// akamaiKeys has each user's keys.
type akamaiKeys map[string][]string

// UnmarshalJSON reads the document.
func (d *akamaiKeys) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	users := o.object("users")
	*d = akamaiKeys{}
	for user := range users.members {
		(*d)[user] = users.texts(user)
	}
	return o.err()
}
