// Package platform gets a machine's Ignition config from the platform that the
// machine runs on: a cloud, a hypervisor, firmware, a drive.
//
// [Fetch] returns the config as bytes, by the name that the kernel argument
// ignition.platform.id gives; [FetchCmdline] returns the one that other kernel
// arguments name, which has precedence. Parsing is the business of package config.
//
//	f, err := resource.New(&resource.Options{FetchTimeout: 2 * time.Minute})
//	…
//	opt := &platform.Options{Fetcher: f, Logger: logger}
//	r, err := platform.FetchCmdline(ctx, opt)
//	if errors.Is(err, platform.ErrNoProvider) {
//		r, err = platform.Fetch(ctx, "openstack", opt)
//	}
//
// # Platforms
//
//	akamai aliyun aws azure digitalocean exoscale gcp hetzner oraclecloud packet
//	scaleway upcloud vultr            metadata service, by HTTP
//	openstack brightbox cloudstack    metadata service or drive, whichever is first
//	azurestack                        optical disc (azure: if the service has nothing)
//	ibmcloud kubevirt nutanix powervs
//	proxmoxve                         drive with a label
//	qemu                              firmware config; on s390x and ppc64le a disk
//	hyperv virtualbox vmware          variables of the hypervisor
//	applehv                           web server of the host, by virtual socket
//	nvidiabluefield zvm               boot stream of the card, virtual card reader
//	file metal                        local file, nothing
//
// Besides, aws has work in [Init], packet in [Status], and virtualbox and vmware in
// [DeleteConfig].
//
// # What counts as no config
//
// A platform that can be asked and has nothing gives an empty Result: a service
// that answers 404 (except those of akamai, digitalocean and packet, which have an
// empty document then), a drive without the file, a variable that is not set. On
// ibmcloud and proxmoxve, whose drives exist only with a config, it is the same when
// no drive appears within 30 seconds.
//
// All else is an error: a drive that cannot be mounted, an encoding that is not
// known, a reply that cannot be decoded. A machine must not come up without a config
// that it was given. Ignition 2.26 goes on without a config when the drives of
// kubevirt, openstack, cloudstack, ibmcloud or proxmoxve cannot be read, or the
// files of nvidiabluefield and zvm; here these are errors.
//
// # Waiting
//
// HTTP is tried until the Fetcher gives up. Drives are looked for once a second, in
// most cases without an end; so everything ends with the context. Nothing is left
// mounted and no goroutine running.
//
// # Limits
//
// A config may have [MaxConfigSize] bytes, compressed and decompressed.
//
// # Adding a platform
//
// A platform is a row of the table in table.go and, unless it is a plain metadata
// service, a file with its fetch function, which has an env: the options with all
// seams. Tests play the machine, see support_test.go.
package platform
