package fakecloud

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const (
	textPlain = "text/plain; charset=utf-8"
	appJSON   = "application/json"
)

// service is what the instances of one provider have in common.
type service struct {
	id        string
	addresses []string // address:port, as seen from an instance
	names     []string // names that clients look up instead
	lease     string   // what networkd's lease file must hold for clients that look there
	lists     bool     // directories can be listed
	notFound  string   // HTML body of a 404; "" is a line of text

	canonical   func(path string) string // nil: paths are themselves
	contentType func(path, body string) string
	check       func(c *Cloud, w http.ResponseWriter, r *http.Request) (answered bool)
	example     func(c *Cloud)
}

const linkLocal = "169.254.169.254:80"

// services lists the providers by id.
func services() []service {
	return []service{
		{id: "akamai", addresses: []string{linkLocal}, contentType: always(appJSON), check: checkAkamai, example: exampleAkamai},
		{id: "aliyun", addresses: []string{"100.100.100.200:80"}, lists: true, contentType: always("text/plain"), canonical: versions, check: nil, example: exampleAliyun},
		{id: "aws", addresses: []string{linkLocal}, lists: true, notFound: ec2NotFound, contentType: always("text/plain"), canonical: versions, check: checkAWS, example: exampleAWS},
		{id: "azure", addresses: azureAddresses(), lease: azureLease, contentType: azureType, check: checkAzure, example: exampleAzure},
		{id: "azurestack", addresses: azureAddresses(), lease: azureLease, contentType: azureType, check: checkAzure, example: exampleAzureStack},
		{id: "cloudstack-metadata", addresses: []string{"192.0.2.1:80"}, lease: "SERVER_ADDRESS=192.0.2.1\n", lists: true, contentType: always("text/plain"), canonical: versions, example: exampleCloudStack},
		{id: "digitalocean", addresses: []string{linkLocal}, lists: true, contentType: jsonOr(textPlain), example: exampleDigitalOcean},
		{id: "exoscale", addresses: []string{linkLocal}, lists: true, contentType: always("text/plain"), canonical: versions, example: exampleExoscale},
		{id: "gcp", addresses: []string{linkLocal}, names: []string{"metadata.google.internal"}, lists: true, notFound: gcpNotFound, contentType: jsonOr("application/text"), check: checkGCP, example: exampleGCP},
		{id: "hetzner", addresses: []string{linkLocal}, contentType: always(textPlain), example: exampleHetzner},
		{id: "openstack", addresses: []string{linkLocal}, lists: true, contentType: openStackType, canonical: versions, example: exampleOpenStack},
		{id: "openstack-metadata", addresses: []string{linkLocal}, lists: true, contentType: openStackType, canonical: versions, example: exampleOpenStack},
		{id: "oraclecloud", addresses: []string{linkLocal}, contentType: jsonOr("text/plain"), canonical: withoutSlash, check: checkOracle, example: exampleOracle},
		{id: "packet", addresses: []string{"192.0.2.80:443", "192.0.2.80:80"}, names: []string{"metadata.packet.net", phoneHomeHost}, contentType: jsonOr(textPlain), check: checkPacket, example: examplePacket},
		{id: "scaleway", addresses: []string{"169.254.42.42:80"}, contentType: jsonOr("text/plain"), check: checkScaleway, example: exampleScaleway},
		{id: "upcloud", addresses: []string{linkLocal}, lists: true, contentType: jsonOr("text/plain"), example: exampleUpCloud},
		{id: "vultr", addresses: []string{linkLocal}, lists: true, contentType: jsonOr("text/plain"), example: exampleVultr},
	}
}

func serviceOf(provider string) *service {
	all := services()
	i := slices.IndexFunc(all, func(s service) bool { return s.id == provider })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// Providers returns the ids of all providers that have a service, sorted. They
// are those of Ignition and Afterburn.
func Providers() []string {
	var ids []string
	for _, s := range services() {
		ids = append(ids, s.id)
	}
	return ids
}

// AddressesOf returns the addresses an instance of the provider finds its
// service at, for tests that put them on the loopback interface of a network
// namespace of their own. Services that are found by DHCP or by name have
// addresses out of the blocks for documentation (see [LeaseOf] and [NamesOf]).
func AddressesOf(provider string) []netip.AddrPort {
	s := serviceOf(provider)
	if s == nil {
		return nil
	}
	var list []netip.AddrPort
	for _, a := range s.addresses {
		list = append(list, netip.MustParseAddrPort(a))
	}
	return list
}

// NamesOf returns the host names under which an instance of the provider looks
// for its service; they must lead to the first of [AddressesOf]. Most providers
// have none.
func NamesOf(provider string) []string {
	if s := serviceOf(provider); s != nil {
		return s.names
	}
	return nil
}

// LeaseOf returns what systemd-networkd's lease file
// (/run/systemd/netif/leases/<ifindex>) has to hold for clients that learn the
// service's address by DHCP. It is empty for providers that do not.
func LeaseOf(provider string) string {
	if s := serviceOf(provider); s != nil {
		return s.lease
	}
	return ""
}

// versions makes "latest" of a first path segment that is a date or "1.0", as
// the services that descend from EC2's show one tree below all of them.
func versions(path string) string {
	prefix, rest := "/", strings.TrimPrefix(path, "/")
	if r, ok := strings.CutPrefix(rest, "openstack/"); ok {
		prefix, rest = "/openstack/", r
	}
	version, tail, ok := strings.Cut(rest, "/")
	if !ok || !isVersion(version) {
		return path
	}
	return prefix + "latest/" + tail
}

func isVersion(s string) bool {
	if s == "latest" || s == "1.0" {
		return true
	}
	return isDate(s)
}

// isDate reports whether s has the form 2021-01-03.
func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i, c := range []byte(s) {
		if i != 4 && i != 7 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// withoutSlash is for services where a final slash makes no difference.
func withoutSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

func always(contentType string) func(path, body string) string {
	return func(string, string) string { return contentType }
}

// jsonOr tells JSON documents by their first byte.
func jsonOr(contentType string) func(path, body string) string {
	return func(_, body string) string {
		if looksLikeJSON(body) {
			return appJSON
		}
		return contentType
	}
}

func looksLikeJSON(body string) bool {
	b := strings.TrimLeft(body, " \t\r\n")
	return b != "" && (b[0] == '{' || b[0] == '[')
}

func openStackType(path, _ string) string {
	if strings.HasSuffix(path, ".json") {
		return appJSON
	}
	return "text/plain; charset=UTF-8"
}

// forwarded reports whether a request has passed a proxy: the services that
// guard against confused deputies refuse those.
func forwarded(r *http.Request, fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return len(r.Header.Values(f)) > 0 })
}

// readOnly answers requests that would change something with 405.
func readOnly(w http.ResponseWriter, r *http.Request) (answered bool) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	methodNotAllowed(w, "GET, HEAD")
	return true
}
