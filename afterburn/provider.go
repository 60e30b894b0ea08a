package afterburn

import (
	"context"
	"maps"
	"slices"

	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// Provider is where the metadata of this machine come from, as [New] returns it. What it can tell is found by type
// assertion to the interfaces below; their methods may be called by several goroutines at the same time.
type Provider interface {
	// Close gives back what the provider holds: connections, a drive.
	Close() error
}

// AttributeSource is a provider that knows facts about the instance.
type AttributeSource interface {
	// Attributes returns the facts. An error is a request that failed, or a document that cannot be read.
	Attributes(ctx context.Context) (Attributes, error)
}

// HostnameSource is a provider that knows a name for the machine. ok is false if there is none.
type HostnameSource interface {
	// Hostname returns the name as the cloud has it, of any length; see [ShortHostname].
	Hostname(ctx context.Context) (name string, ok bool, err error)
}

// KeySource is a provider that knows who may log in.
type KeySource interface {
	// SSHKeys returns the keys in the order of the cloud; none are no error.
	SSHKeys(ctx context.Context) ([]sshkeys.Key, error)
}

// NetworkSource is a provider that knows how network interfaces are set up.
type NetworkSource interface {
	// Network returns the configuration, which may be that of no interface.
	Network(ctx context.Context) (*netconf.Config, error)
}

// NetplanSource is a provider that knows a configuration for netplan; an empty one is none.
type NetplanSource interface {
	// Netplan returns YAML as it belongs in /etc/netplan.
	Netplan(ctx context.Context) (string, error)
}

// KargsSource is a provider that knows kernel arguments for the network in the initrd, in dracut's syntax. ok is false
// if there are none.
type KargsSource interface {
	// NetworkKargs returns the arguments, blanks between them.
	NetworkKargs(ctx context.Context) (args string, ok bool, err error)
}

// CheckInSource is a provider that wants to be told when the machine is up.
type CheckInSource interface {
	// CheckIn tells the cloud, and returns when the cloud has confirmed it.
	CheckIn(ctx context.Context) error
}

// AdminSource is a provider that knows a first user. An error is a request that failed.
type AdminSource interface {
	// Admin returns the user's name and password.
	Admin(ctx context.Context) (Admin, error)
}

// Admin is the first user of a machine. Empty fields are unknown.
type Admin struct {
	Name string
	// Password is in clear; it must not be logged.
	Password string
}

// Attribute is a fact about the instance. Name is without the prefix "AFTERBURN_".
type Attribute struct{ Name, Value string }

// Attributes are the facts about an instance.
type Attributes []Attribute

// Add appends an attribute.
func (a *Attributes) Add(name, value string) { *a = append(*a, Attribute{name, value}) }

// AddNonEmpty appends an attribute unless its value is empty.
func (a *Attributes) AddNonEmpty(name, value string) {
	if value != "" {
		a.Add(name, value)
	}
}

// addSome appends an attribute if it has a value, an empty one too.
func (a *Attributes) addSome(name string, value *string) {
	if value != nil {
		a.Add(name, *value)
	}
}

// sorted returns the attributes by name; of several of one name the last one counts.
func (a Attributes) sorted() Attributes {
	values := make(map[string]string, len(a))
	for _, x := range a {
		values[x.Name] = x.Value
	}
	list := make(Attributes, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list.Add(name, values[name])
	}
	return list
}
