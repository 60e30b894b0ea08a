// Package fakecloud is a test server for code that asks a cloud for metadata:
// the services that instances find at 169.254.169.254 and the like, in the manner
// of package httptest.
//
//	c, _ := fakecloud.Example("aws") // an instance with documents and rules
//	s := fakecloud.Start(c)          // on a free port of the loopback interface
//	defer s.Close()
//	client := s.Client() // an http.Client that reaches it at any address: for what you test
//
// [Example] gives the service of one of the [Providers] with the documents of a
// small instance, [New] one without documents, and the zero [Cloud] one without
// rules. [Expected] tells what Afterburn makes of each example: attributes, host
// name, SSH keys, network configuration, the report that the machine is up.
//
// # Rules
//
// The services are as strict as their originals, so that a client that works
// here has sent what it must:
//
//	aws           tokens by PUT with a time to live; 401 without one (see TokenMode); no proxies for the PUT
//	akamai        tokens; JSON only for those who accept it
//	azure, azurestack
//	              the wire server wants x-ms-version, checks health reports, encrypts certificates to the
//	              client; the metadata service wants "Metadata: true", a known api-version, no proxies
//	gcp           Metadata-Flavor: Google, no proxies
//	oraclecloud   Authorization: Bearer Oracle, no proxies
//	packet        HTTPS, by an authority of the test's own; a phone-home address
//	scaleway      PATCH /state with JSON
//	aliyun, cloudstack-metadata, digitalocean, exoscale, hetzner, openstack, openstack-metadata, upcloud, vultr
//	              documents
//
// All answer other methods with 405, unknown paths with 404 in the provider's own
// words, and send the provider's Content-Type. Where the real service lists
// directories (a path with a final slash), so does this one.
//
// # Documents
//
// [Cloud.Set] and [Cloud.Delete] change single documents, also while the server
// runs; [Cloud.Handle] puts code in the place of a document.
//
// # Faults
//
// What goes wrong in clouds can be had by [Cloud.Inject], for a number of
// requests or for good: statuses ([Cloud.Fail]), waits ([Cloud.Delay], [Hang],
// [Trickle]), cut connections ([CutConnection], [CutHeader], [CutBody]), lengths
// that are wrong ([Length]) or without end ([Oversized], [Endless]), bodies in the
// wrong encoding ([InvalidUTF8], [UTF16], [Gzip]) or incomplete ([Truncated]),
// redirects ([Redirect]), a flood of interim replies ([Informational]). A [Fault]
// is a function; more are easily written.
//
// # Reaching it
//
// A client that takes a dialer gets [Server.Dial], which leads every address to
// the server. Programs that cannot be told are run in a network namespace whose
// loopback interface carries the addresses of [AddressesOf]; there [Listen] and
// [Cloud.Serve], or [Server.ListenAt], wait for them. [NamesOf] and [LeaseOf] tell
// what such a program must find in /etc/hosts and in the lease of networkd. Never
// put these addresses on a machine's real interfaces. CloudStack's service is at the address that the DHCP lease names:
// where package afterburn is tested with it in process, too, [LeaseOf] has to be in run/systemd/netif/leases/2 below the
// root of its options.
//
// # What was asked
//
// [Cloud.Requests] is the log. [Transcript] makes sorted text of it, for
// comparison with a stored one; the package's testdata/requests holds those of
// Afterburn.
//
// # Limits
//
// The services hold the documents that provisioning asks for. User data is a
// document like others; what computes answers (recursive listings and long polls
// of Compute Engine, IAM credentials, attested documents) is not supported.
//
// Only the standard library is used. Package azurecerts, below this one, makes
// certificate bundles for Azure Stack.
package fakecloud
