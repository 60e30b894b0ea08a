package dhcp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/confine"
)

// Option is something that a DHCP server tells.
type Option int

const (
	// ServerID is the address of the DHCP server (option 54), such as "192.0.2.1".
	ServerID Option = iota
	// AzureWireServer is the address of Azure's wire server (option 245): 8 hexadecimal digits,
	// with colons between the bytes if NetworkManager holds the lease.
	AzureWireServer
)

// names are an option's key for each holder of leases.
type names struct{ networkManager, networkd string }

func (o Option) names() (names, error) {
	switch o {
	case ServerID:
		return names{"dhcp_server_identifier", "SERVER_ADDRESS"}, nil
	case AzureWireServer:
		return names{"private_245", "OPTION_245"}, nil
	}
	return names{}, fmt.Errorf("DHCP option %d: not supported", int(o))
}

var (
	// ErrNotOffered reports that no lease has the option.
	ErrNotOffered = errors.New("failed to acquire DHCP option")
	// ErrNoSource reports that neither NetworkManager nor systemd-networkd can be asked.
	// It is an [ErrNotOffered], too.
	ErrNoSource error = noSource{}
)

type noSource struct{}

func (noSource) Error() string        { return "no system bus and no leases of systemd-networkd" }
func (noSource) Is(target error) bool { return target == ErrNotOffered }

const (
	firstDelay = 50 * time.Millisecond
	maxDelay   = 500 * time.Millisecond
	retries    = 60
	// grace is how long a source may take to appear.
	grace = 2 * time.Second
	// settledRounds is how often the sources must say that they are done.
	settledRounds = 3
	// roundTime bounds what NetworkManager may take in a round.
	roundTime = 2 * time.Second
	totalTime = 40 * time.Second
	maxValue  = 1024
)

// Client looks options up. The zero value asks this machine; it may be used by several
// goroutines.
type Client struct {
	// Root is the system whose /run is looked at, the system bus in it included; empty is "/".
	Root string
	// Sleep waits for a time or for the end of the context, whose error it returns then; nil
	// does so by the clock. Any other error ends the search.
	Sleep func(ctx context.Context, d time.Duration) error
	// Logger gets what was found on the way, at level debug; nil discards it.
	Logger *slog.Logger
	// Interfaces returns the indices of the network interfaces; nil asks the kernel.
	Interfaces func() ([]int, error)
}

// Lookup returns an option of the first lease that has it. It waits for a lease up to 40 s;
// the package comment tells the rules. An option that is not there is [ErrNotOffered].
func (c *Client) Lookup(ctx context.Context, o Option) (string, error) {
	keys, err := o.names()
	if err != nil {
		return "", err
	}
	root, err := confine.OpenRoot(or(c.Root, "/"))
	if err != nil {
		return "", err
	}
	defer root.Close()
	l := &lookup{
		Client: c, keys: keys, root: root, log: c.Logger,
		nm: &networkManager{root: root},
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	defer l.nm.close()
	return l.run(ctx)
}

// lookup is one search.
type lookup struct {
	*Client
	keys    names
	root    *confine.Root
	nm      *networkManager
	log     *slog.Logger
	waited  time.Duration
	settled int
}

func (l *lookup) run(parent context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(parent, totalTime)
	defer cancel()
	delay := firstDelay
	for n := 0; ; n++ {
		value, err := l.round(ctx)
		if err == nil {
			return value, nil
		}
		if n == retries || ctx.Err() != nil && parent.Err() == nil {
			return "", fmt.Errorf("maximum number of retries (%d) reached: %w", retries, err)
		}
		if l.hopeless(err) {
			return "", err
		}
		// The end of totalTime is that of the rounds.
		if err := l.sleep(ctx, delay); err != nil && (parent.Err() != nil || ctx.Err() == nil) {
			return "", fmt.Errorf("waiting for a DHCP lease: %w", err)
		}
		l.waited += delay
		delay = min(2*delay, maxDelay)
	}
}

// hopeless tells whether further rounds are of no use after one that ended with err.
func (l *lookup) hopeless(err error) bool {
	return l.settled >= settledRounds || errors.Is(err, ErrNoSource) && l.waited >= grace
}

// view is what a round saw of a source.
type view struct {
	exists bool // the source may be asked, now or later
	lease  bool // it holds a lease
	busy   bool // it is working on interfaces
	value  string
	ok     bool
}

// round asks all sources once.
func (l *lookup) round(ctx context.Context) (string, error) {
	fromBus := l.askNetworkManager(ctx)
	if fromBus.ok {
		return fromBus.value, nil
	}
	fromFiles := l.readLeases()
	if fromFiles.ok {
		return fromFiles.value, nil
	}
	if (fromBus.lease || fromFiles.lease) && !fromBus.busy && !fromFiles.busy {
		l.settled++
	} else {
		l.settled = 0
	}
	if !fromBus.exists && !fromFiles.exists {
		return "", ErrNoSource
	}
	return "", ErrNotOffered
}

// acceptable tells whether a value is one that may be handed on.
func acceptable(s string) bool {
	if s == "" || len(s) > maxValue || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

func (l *lookup) sleep(ctx context.Context, d time.Duration) error {
	if l.Sleep != nil {
		return l.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// interfaces returns the indices of network interfaces.
func (c *Client) interfaces() ([]int, error) {
	if c.Interfaces != nil {
		return c.Interfaces()
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	indices := make([]int, len(all))
	for i, one := range all {
		indices[i] = one.Index
	}
	return indices, nil
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
