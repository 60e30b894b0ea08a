package afterburn

import (
	"context"
	"fmt"
)

// constructor makes a provider. Work that the reference does when a provider is built, such as fetching a token or
// opening a drive, is done here, since it is done even if nothing is asked for.
type constructor func(ctx context.Context, e *env) (Provider, error)

// table holds all providers in the order of their ids.
var table = []struct {
	id    string
	make  constructor
	kargs bool // knows network kernel arguments
	admin bool // knows a first user
}{
	{id: "akamai", make: newAkamai},
	{id: "aliyun", make: newAliyun},
	{id: "aws", make: newAWS},
	{id: "azure", make: newAzure, admin: true},
	{id: "azurestack", make: newAzureStack},
	{id: "cloudstack-configdrive", make: newCloudStackConfigDrive},
	{id: "cloudstack-metadata", make: newCloudStackMetadata},
	{id: "digitalocean", make: newDigitalOcean},
	{id: "exoscale", make: newExoscale},
	{id: "gcp", make: newGCP},
	{id: "hetzner", make: newHetzner},
	{id: "ibmcloud", make: newIBMCloud},
	{id: "ibmcloud-classic", make: newIBMCloudClassic},
	{id: "kubevirt", make: newKubeVirt, kargs: true},
	{id: "openstack", make: newOpenStack},
	{id: "openstack-metadata", make: newOpenStackMetadata},
	{id: "oraclecloud", make: newOracleCloud},
	{id: "packet", make: newPacket},
	{id: "powervs", make: newPowerVS},
	{id: "proxmoxve", make: newProxmoxVE, kargs: true},
	{id: "scaleway", make: newScaleway},
	{id: "upcloud", make: newUpCloud},
	{id: "vmware", make: newVMware, kargs: true},
	{id: "vultr", make: newVultr},
}

// Providers returns the ids of all providers, sorted. They are those that Ignition knows the platforms by.
func Providers() []string {
	ids := make([]string, len(table))
	for i, p := range table {
		ids[i] = p.id
	}
	return ids
}

// UnknownProviderError reports an id that is none of [Providers].
type UnknownProviderError struct{ ID string }

// Error is Afterburn's text.
func (e *UnknownProviderError) Error() string { return fmt.Sprintf("unknown provider '%s'", e.ID) }

// New makes the provider of an id. Many providers ask their service, or read their drive, already here. An unknown id
// is an [*UnknownProviderError]. The provider must be closed.
func New(ctx context.Context, id string, opt *Options) (Provider, error) {
	for _, p := range table {
		if p.id == id {
			return opt.build(ctx, p.make)
		}
	}
	return nil, &UnknownProviderError{id}
}

func (o *Options) build(ctx context.Context, make constructor) (Provider, error) {
	e, err := o.env()
	if err != nil {
		return nil, err
	}
	p, err := make(ctx, e)
	if err != nil {
		e.Close()
		return nil, err
	}
	return p, nil
}
