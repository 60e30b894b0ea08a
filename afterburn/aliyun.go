package afterburn

import (
	"context"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const aliyunBase = "http://100.100.100.200/latest/meta-data/"

// aliyun is Alibaba Cloud.
type aliyun struct{ service }

func newAliyun(_ context.Context, e *env) (Provider, error) {
	return &aliyun{e.service(nil)}, nil
}

func (p *aliyun) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"ALIYUN_EIPV4", aliyunBase + "eipv4"},
		{"ALIYUN_HOSTNAME", aliyunBase + "hostname"},
		{"ALIYUN_IMAGE_ID", aliyunBase + "image-id"},
		{"ALIYUN_INSTANCE_ID", aliyunBase + "instance-id"},
		{"ALIYUN_INSTANCE_TYPE", aliyunBase + "instance/instance-type"},
		{"ALIYUN_IPV4_PRIVATE", aliyunBase + "private-ipv4"},
		{"ALIYUN_IPV4_PUBLIC", aliyunBase + "public-ipv4"},
		{"ALIYUN_REGION_ID", aliyunBase + "region-id"},
		{"ALIYUN_VPC_ID", aliyunBase + "vpc-id"},
		{"ALIYUN_ZONE_ID", aliyunBase + "zone-id"},
	}, false, true)
}

func (p *aliyun) Hostname(ctx context.Context) (string, bool, error) {
	return p.hostname(ctx, web.Doc{URL: aliyunBase + "hostname"})
}

// SSHKeys returns the keys in the order of their texts: the service may list one several times.
func (p *aliyun) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	list, _, err := p.web.Text(ctx, web.Doc{URL: aliyunBase + "public-keys/"})
	if err != nil {
		return nil, err
	}
	ids := lines(list)
	for i, id := range ids {
		ids[i] = strings.TrimRight(id, "/")
	}
	texts, err := keyTexts(ctx, p.web, aliyunBase+"public-keys/", ids)
	if err != nil {
		return nil, err
	}
	slices.Sort(texts)
	var keys []sshkeys.Key
	for _, text := range slices.Compact(texts) {
		key, err := sshkeys.Parse(text)
		if err != nil {
			p.log.Error("failed to parse SSH public-key entry: " + err.Error())
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil
}
