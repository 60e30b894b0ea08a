package afterburn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const (
	awsToken    = "http://169.254.169.254/latest/api/token"
	awsBase     = "http://169.254.169.254/2021-01-03/"
	awsMetadata = awsBase + "meta-data/"
)

// tokenPatience is how long the service of tokens may be silent: behind too many hops (the limit of the answer's is 1 by
// default) it takes the request, and the answer never arrives.
const tokenPatience = 4 * time.Second

// aws is Amazon EC2 and what answers like it.
type aws struct{ service }

func newAWS(ctx context.Context, e *env) (Provider, error) {
	e.web.Alternate(linkLocal, "[fd00:ec2::254]")
	token, err := fetchAWSToken(ctx, e.web)
	switch {
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		e.log.Warn(fmt.Sprintf("failed to fetch aws imdsv2 session token with: %v", err))
		return &aws{e.service(nil)}, nil
	case headerValue(token) != nil:
		return nil, fmt.Errorf("setting header value for aws imdsv2 metadata: %w", headerValue(token))
	}
	return &aws{e.service(web.Header{"X-Aws-Ec2-Metadata-Token": {token}})}, nil
}

// fetchAWSToken asks for the token of a session (IMDSv2).
func fetchAWSToken(ctx context.Context, client *web.Client) (token string, err error) {
	d := web.Doc{URL: awsToken, Header: web.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}}, Patience: tokenPatience}
	return client.Try(ctx, web.Requests, d, web.TypeText)
}

func (p *aws) Attributes(ctx context.Context) (Attributes, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	region := start(ctx, p.region)
	list, err := p.texts(ctx, []textAttribute{
		{"AWS_INSTANCE_ID", awsMetadata + "instance-id"},
		{"AWS_INSTANCE_TYPE", awsMetadata + "instance-type"},
		{"AWS_IPV4_LOCAL", awsMetadata + "local-ipv4"},
		{"AWS_IPV4_PUBLIC", awsMetadata + "public-ipv4"},
		{"AWS_IPV6", awsMetadata + "ipv6"},
		{"AWS_AVAILABILITY_ZONE", awsMetadata + "placement/availability-zone"},
		{"AWS_AVAILABILITY_ZONE_ID", awsMetadata + "placement/availability-zone-id"},
		{"AWS_HOSTNAME", awsMetadata + "hostname"},
		{"AWS_PUBLIC_HOSTNAME", awsMetadata + "public-hostname"},
	}, false, false)
	if err != nil {
		return nil, err
	}
	name, err := region.get()
	list.addSome("AWS_REGION", name)
	return list, err
}

// region comes from the instance's identity document.
func (p *aws) region(ctx context.Context) (*string, error) {
	var d awsIdentity
	ok, err := p.web.JSON(ctx, web.Doc{URL: awsBase + "dynamic/instance-identity/document"}, &d)
	if err != nil || !ok {
		return nil, err
	}
	return &d.region, nil
}

type awsIdentity struct{ region string }

// UnmarshalJSON reads what is used of an identity document.
func (d *awsIdentity) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.region = o.text("region")
	return o.err()
}

func (p *aws) Hostname(ctx context.Context) (string, bool, error) {
	return p.web.Text(ctx, web.Doc{URL: awsMetadata + "hostname"})
}

func (p *aws) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return ec2Keys(ctx, p.web, awsMetadata)
}

// ec2Keys reads the keys below base, a service's meta-data/: a list of "index=name", and a text for each index.
func ec2Keys(ctx context.Context, client *web.Client, base string) ([]sshkeys.Key, error) {
	list, _, err := client.Text(ctx, web.Doc{URL: base + "public-keys"})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, line := range lines(list) {
		id, name, ok := strings.Cut(line, "=")
		if !ok || strings.Contains(name, "=") {
			return nil, errors.New("error parsing keyID")
		}
		ids = append(ids, id)
	}
	texts, err := keyTexts(ctx, client, base+"public-keys/", ids)
	if err != nil {
		return nil, err
	}
	return sshkeys.ParseList(texts)
}

// keyTexts fetches base/<id>/openssh-key for each id, all of which must be there.
func keyTexts(ctx context.Context, client *web.Client, base string, ids []string) ([]string, error) {
	if len(ids) > maxKeys {
		return nil, tooManyKeys(len(ids))
	}
	return each(ctx, ids, func(ctx context.Context, id string) (string, error) {
		text, ok, err := client.Text(ctx, web.Doc{URL: base + segment(id) + "/openssh-key", Limit: maxKey})
		if err == nil && !ok {
			err = errors.New("missing ssh key")
		}
		return text, err
	})
}
