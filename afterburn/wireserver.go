package afterburn

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/afterburn/internal/web"
)

const (
	wireVersion = "2012-11-30"
	// azureMetadata is the instance metadata service of Azure and Azure Stack.
	azureMetadata = "http://169.254.169.254"
)

// wireFallback is where the WireServer is in all of Azure. DHCP's option 245 is
// for the places where it is not.
var wireFallback = netip.AddrFrom4([4]byte{168, 63, 129, 16})

// checkInRetry is how a check-in is repeated, goal state and all.
var checkInRetry = web.Retry{First: time.Second, Max: 5 * time.Second, Retries: 5}

// wireServer is what Azure and Azure Stack have in common: the service that
// knows an instance's goal state, and is told that the instance is ready.
type wireServer struct {
	*env
	wire     *web.Client
	metadata *web.Client // for azureMetadata
	address  netip.Addr
}

// wireServer finds the WireServer and makes sure that it speaks our version.
// cloud is for a message.
func (e *env) wireServer(ctx context.Context, cloud string) (*wireServer, error) {
	w := &wireServer{env: e, wire: e.web.With(web.Header{
		"X-Ms-Agent-Name": {"com.coreos.afterburn"}, "X-Ms-Version": {wireVersion},
	})}
	w.metadata = w.wire.With(web.Header{"Metadata": {"true"}})
	err := w.find(ctx)
	if err == nil {
		return w, nil
	}
	if e.uid != 0 {
		e.log.Warn("unable to reach " + cloud + " endpoints, please check whether firewall rules are blocking access to them")
	}
	return nil, fmt.Errorf("failed version compatibility check: %w", err)
}

// find settles on an address.
//
// If a lease tells one, that is it. Otherwise the well-known address is asked
// for its versions while the wait for a lease goes on, and the first of the two
// counts; with one last look at the leases when the well-known address answers,
// because then there is a network, and the lease that goes with it. So a lease
// without the option costs no time, and one with it always wins.
func (w *wireServer) find(ctx context.Context) error {
	address, err := w.leased(ctx, false)
	if err == nil {
		return w.use(ctx, address)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lease := start(ctx, func(ctx context.Context) (netip.Addr, error) { return w.leased(ctx, true) })
	fallback := start(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, w.compatible(ctx, wireFallback) })
	select {
	case <-lease.done:
		if address, err = lease.get(); err == nil {
			return w.use(ctx, address)
		}
		w.fallBack(err)
		_, err = fallback.get()
		return err
	case <-fallback.done:
	}
	if _, err := fallback.get(); err != nil {
		// Perhaps it is elsewhere, and the lease is late.
		address, noLease := lease.get()
		if noLease != nil {
			w.fallBack(noLease)
			return err
		}
		return w.use(ctx, address)
	}
	if address, err = w.leased(ctx, false); err == nil {
		return w.use(ctx, address)
	}
	w.fallBack(err)
	return nil
}

// fallBack settles on the well-known address.
func (w *wireServer) fallBack(err error) {
	w.log.Warn(fmt.Sprintf("Failed to get fabric address from DHCP: %v", err))
	w.log.Info("using fallback address")
	w.address = wireFallback
}

// use settles on an address if it answers as it should.
func (w *wireServer) use(ctx context.Context, address netip.Addr) error {
	w.address = address
	return w.compatible(ctx, address)
}

// lookTime is what a look at the leases of NetworkManager may take.
const lookTime = time.Second

// errOneLook ends a look-up after its first round.
var errOneLook = errors.New("there is no lease with the option")

// leased is the address in a lease: one that is there now, or with wait also one
// that comes.
func (w *wireServer) leased(ctx context.Context, wait bool) (netip.Addr, error) {
	client := *w.dhcp
	if !wait {
		// A bus that does not answer must not make a look a wait. The files of leases are read nevertheless.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lookTime)
		defer cancel()
		client.Sleep = func(context.Context, time.Duration) error { return errOneLook }
	}
	value, err := client.Lookup(ctx, dhcp.AzureWireServer)
	if errors.Is(err, errOneLook) {
		return netip.Addr{}, dhcp.ErrNotOffered
	}
	if err != nil {
		return netip.Addr{}, err
	}
	return parseWireAddress(value)
}

// parseWireAddress reads the value of option 245: four bytes in hexadecimal,
// with colons if it comes from NetworkManager.
func parseWireAddress(value string) (netip.Addr, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(value, ":", ""))
	if err != nil || len(b) != 4 {
		return netip.Addr{}, fmt.Errorf("failed to convert '%.40s' from hex", value)
	}
	address := netip.AddrFrom4([4]byte(b))
	if err := checkServer(address); err != nil {
		return netip.Addr{}, fmt.Errorf("unusable WireServer address: %w", err)
	}
	return address, nil
}

type versions struct {
	Supported *struct {
		Version []string
	}
}

// compatible makes sure that the WireServer at an address speaks our version.
func (w *wireServer) compatible(ctx context.Context, address netip.Addr) error {
	var v versions
	err := w.document(ctx, w.wire, web.Doc{URL: "http://" + address.String() + "/?comp=versions"}, &v)
	if err == nil && v.Supported == nil {
		err = missingField("Supported")
	}
	if err != nil {
		return fmt.Errorf("failed to get versions: %w", err)
	}
	speaks := func(v string) bool { return trimXML(v) == wireVersion }
	if !slices.ContainsFunc(v.Supported.Version, speaks) {
		return fmt.Errorf("fabric version '%s' not supported by the WireServer at '%s'", wireVersion, address)
	}
	return nil
}

// document gets an XML document that has to be there.
func (w *wireServer) document(ctx context.Context, client *web.Client, d web.Doc, into any) error {
	d.Required = true
	_, err := client.XML(ctx, d, into)
	return err
}

// missingField is the error of a document without something that is required.
func missingField(name string) error {
	return fmt.Errorf("failed to deserialize data: failed xml deserialization: %w", fmt.Errorf("missing field `%s`", name))
}

// trimXML removes white space around the text of an element.
func trimXML(s string) string { return strings.Trim(s, " \t\r\n") }

// goalState is what the WireServer wants an instance to be.
type goalState struct {
	Container   *container
	Incarnation *string
}

type container struct {
	ContainerID      *string `xml:"ContainerId"`
	RoleInstanceList *roleInstances
}

type roleInstances struct {
	RoleInstance []roleInstance
}

type roleInstance struct {
	Configuration *configuration
	InstanceID    *string `xml:"InstanceId"`
}

type configuration struct {
	Certificates *string
	SharedConfig string
}

// check finds what is missing.
func (g *goalState) check() error {
	switch {
	case g.Container == nil:
		return missingField("Container")
	case g.Container.ContainerID == nil:
		return missingField("ContainerId")
	case g.Container.RoleInstanceList == nil:
		return missingField("RoleInstanceList")
	case g.Incarnation == nil:
		return missingField("Incarnation")
	}
	for _, r := range g.Container.RoleInstanceList.RoleInstance {
		if r.Configuration == nil {
			return missingField("Configuration")
		}
		if r.InstanceID == nil {
			return missingField("InstanceId")
		}
	}
	return nil
}

// role is this instance. Its absence is an error for those who need it.
func (g *goalState) role() (*roleInstance, error) {
	if list := g.Container.RoleInstanceList.RoleInstance; len(list) > 0 {
		return &list[0], nil
	}
	return nil, errors.New("empty RoleInstanceList")
}

// goalState gets the goal state. Each attempt number has a document of its own;
// attempt 0 shares the one that other questions got.
func (w *wireServer) goalState(ctx context.Context, attempt int) (*goalState, error) {
	var g goalState
	d := web.Doc{URL: "http://" + w.address.String() + "/machine/?comp=goalstate", Fresh: attempt}
	err := w.document(ctx, w.wire, d, &g)
	if err == nil {
		err = g.check()
	}
	if err != nil {
		return nil, fmt.Errorf("failed to get goal state: %w", err)
	}
	return &g, nil
}

// ownURL checks an address that the goal state names. It must lead to the
// WireServer itself: whoever can forge an answer must not be able to choose to
// which service of the network the instance's requests go.
func (w *wireServer) ownURL(text string) (string, error) {
	u, err := url.Parse(trimXML(text))
	switch {
	case err != nil:
		return "", errors.New("failed to parse uri")
	case u.Scheme == "" || u.Host == "":
		return "", fmt.Errorf("failed to parse uri: %w", errors.New("relative URL without a base"))
	case u.Scheme != "http" || u.User != nil || u.Hostname() != w.address.String():
		return "", fmt.Errorf("address %.200q is not one of the WireServer", u.Redacted())
	}
	return u.String(), nil
}

// CheckIn implements CheckInSource by a health report.
func (w *wireServer) CheckIn(ctx context.Context) error {
	return checkInRetry.Do(ctx, w.sleep, func(attempt int) error {
		if attempt > 0 {
			w.log.Warn(fmt.Sprintf("Retrying ready state report: Attempt #%d", attempt))
		}
		return w.reportReady(ctx, attempt)
	})
}

func (w *wireServer) reportReady(ctx context.Context, attempt int) error {
	g, err := w.goalState(ctx, attempt)
	if err != nil {
		return err
	}
	role, err := g.role()
	if err != nil {
		return err
	}
	report := readyReport(trimXML(*g.Incarnation), trimXML(*g.Container.ContainerID), trimXML(*role.InstanceID))
	return w.wire.Post(ctx, web.Doc{URL: "http://" + w.address.String() + "/machine/?comp=health"}, web.TypeXML, report)
}

// readyReport is the report that an instance is up.
func readyReport(incarnation, container, instance string) []byte {
	escaped := func(s string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(s)) // writes to memory
		return b.String()
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<Health xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <GoalStateIncarnation>%s</GoalStateIncarnation>
  <Container>
    <ContainerId>%s</ContainerId>
    <RoleInstanceList>
      <Role>
        <InstanceId>%s</InstanceId>
        <Health>
          <State>Ready</State>
        </Health>
      </Role>
    </RoleInstanceList>
  </Container>
</Health>
`, escaped(incarnation), escaped(container), escaped(instance))
}
