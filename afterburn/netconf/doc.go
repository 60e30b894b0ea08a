// Package netconf is the network part of Afterburn: a model of interfaces, addresses
// and routes, the documents of clouds that it is read from, and the files and kernel
// arguments that it is written as.
//
// A provider parses its document with one of the Parse functions, or fills a [Config]
// itself; [Config.Networkd], [Config.NetworkManager], [Config.Netplan] and
// [Config.Kargs] turn it into text. Nothing here touches files or the network.
//
// # Documents
//
//	ParseOpenStack   network_data.json of OpenStack         kubevirt, label config-2
//	ParseNoCloud     network-config, version 1 and 2        kubevirt, label cidata
//	ParseProxmox     network-config, version 1              proxmoxve
//	ParseHetzner     /network-config, nearly version 1      hetzner
//	ParseClassic     network_data.json, another dialect     ibmcloud-classic
//
// The three version 1 dialects differ in what a subnet's gateway, routes and nameservers
// mean; the functions tell. Documents are foreign: they are bounded in size, depth,
// values, interfaces and nameservers; errors name the place ("config[0].subnets[1]");
// what is understood but not supported is logged and left out. Numbers are read as the
// text that they are, so a MAC such as 11:22:33:44:55:66 is never one.
//
// # Texts
//
// For the same document the texts equal those of Afterburn 5.11 byte for byte, the quotes
// of YAML included. Addresses and routes keep their host bits: 203.0.113.10 with the mask
// 255.255.240.0 is 203.0.113.10/20 everywhere. Files come in the order of the interfaces;
// of two with the same name the last is kept.
//
// It differs where Afterburn fails its users:
//
//   - names with "/", "..", control characters or more than 128 bytes are refused before
//     they become files or lines; an empty name is none;
//   - a NoCloud document of version 1 with a mistake is an error and not an empty network;
//   - a single address stands for a list of one, a netmask may be a number, booleans may
//     be yes and no, as in cloud-init and netplan;
//   - a netmask must be of its address's family;
//   - interfaces keep the order of the document where Afterburn's is random;
//   - names with backslashes are refused: one at the end of a line joins it and the next;
//   - names with more than letters, digits and ".", "_", "@", "-" are not written into kernel
//     arguments, where the MAC takes their place.
//
// Kernel arguments follow dracut.cmdline(7) in the form of Afterburn after 5.11.0;
// [KubeVirt511Kargs] is the form of that release.
package netconf
