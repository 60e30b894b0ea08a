package platform

import "context"

// provider is what a platform can do; nil means that there is nothing to do.
type provider struct {
	name string
	// online platforms need the network even where a part of them would not, since
	// only all of their sources together tell whether there is a config.
	online bool
	fetch  func(context.Context, *env) (Result, error)
	init   func(context.Context, *env) error
	status func(ctx context.Context, e *env, stage string, outcome error) error
	remove func(context.Context, *env) error
}

// providers are all platforms, sorted by name.
var providers = []provider{
	{name: "akamai", fetch: fetchAkamai, online: true},
	{name: "aliyun", fetch: metadata("http://100.100.100.200/latest/user-data", nil)},
	{name: "applehv", fetch: fetchAppleHV},
	{name: "aws", fetch: fetchAWS, init: initAWS},
	{name: "azure", fetch: fetchAzure, online: true},
	{name: "azurestack", fetch: fetchAzureStack},
	{name: "brightbox", fetch: fetchOpenStack, online: true},
	{name: "cloudstack", fetch: fetchCloudStack, online: true},
	{name: "digitalocean", fetch: metadata(linkLocal+"/metadata/v1/user-data", &service{strict: true})},
	{name: "exoscale", fetch: metadata(linkLocal+"/1.0/user-data", nil)},
	{name: "file", fetch: fetchFile},
	{name: "gcp", fetch: metadata(linkLocal+"/computeMetadata/v1/instance/attributes/user-data", &google)},
	{name: "hetzner", fetch: metadata(linkLocal+"/hetzner/v1/userdata", nil)},
	{name: "hyperv", fetch: fetchHyperV},
	{name: "ibmcloud", fetch: fetchIBMCloud},
	{name: "kubevirt", fetch: fetchKubeVirt},
	{name: "metal", fetch: fetchMetal},
	{name: "nutanix", fetch: fetchConfigDrive},
	{name: "nvidiabluefield", fetch: fetchBlueField},
	{name: "openstack", fetch: fetchOpenStack, online: true},
	{name: "oraclecloud", fetch: metadata(linkLocal+"/opc/v2/instance/metadata/user_data", &oracleCloud)},
	{name: "packet", fetch: metadata(packetMetadata+"/userdata", &packet), status: postPacketStatus},
	{name: "powervs", fetch: fetchConfigDrive},
	{name: "proxmoxve", fetch: fetchProxmoxVE},
	{name: "qemu", fetch: fetchQEMU},
	{name: "scaleway", fetch: metadata("http://169.254.42.42/user_data/cloud-init", &scaleway)},
	{name: "upcloud", fetch: metadata(linkLocal+"/metadata/v1/user_data", nil)},
	{name: "virtualbox", fetch: fetchVirtualBox, remove: removeVirtualBox},
	{name: "vmware", fetch: fetchVMware, remove: removeVMware},
	{name: "vultr", fetch: metadata(linkLocal+"/user-data/user-data", nil)},
	{name: "zvm", fetch: fetchZVM},
}
