package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

const (
	defaultGroup  = "default"
	cmdlinePath   = "proc/cmdline"
	machineIDPath = "etc/machine-id"
	// maxFile bounds the files in bytes; a kernel command line has less than 64 KiB.
	maxFile = 1 << 20
)

// Meter receives the gauges that describe this machine.
type Meter interface {
	// Inc adds one to a counter.
	Inc(name string, labels ...string)
	// Set sets a gauge.
	Set(name string, value float64, labels ...string)
}

// The gauges of an identity.
const (
	// MetricOSInfo is 1, with the labels os_version, basearch, stream and platform.
	MetricOSInfo = "zincati_identity_os_info"
	// MetricWariness is there only if the wariness is configured.
	MetricWariness = "zincati_identity_rollout_wariness"
)

// Options say what the configuration has, and adjust [New]. Nil and the zero value are right for the running system
// without any configuration.
type Options struct {
	// Root is the directory that holds the system's files; empty is "/".
	Root string
	// Group is the configured update group; empty is "default".
	Group string
	// NodeUUID is the configured id in one of the forms of [ParseID]; empty derives it from the machine id.
	NodeUUID string
	// Wariness is the configured wariness, from 0 to 1; nil leaves it to the server.
	Wariness *float64
	// Basearch stands for the architecture of this program.
	Basearch string
	// Meter receives the gauges; nil discards them.
	Meter Meter
	// Logger is told what was found, at level debug; nil discards it.
	Logger *slog.Logger
}

// Identity is who this machine is to an update server.
type Identity struct {
	// Basearch is the architecture in the names of RPM.
	Basearch string
	// Group is the update group, of letters, digits, "." and "-".
	Group string
	// NodeUUID is the id of this machine, 32 lower-case hex digits.
	NodeUUID string
	// Platform is where the machine runs, "qemu" or "aws".
	Platform string
	// Stream is the update stream of the booted release.
	Stream string
	// Wariness is how late in a rollout this machine wants an update, from 0 to 1; nil leaves it to the server.
	Wariness *float64
	// Booted is what runs.
	Booted driver.Deployment
}

// New finds out the identity of the machine whose booted deployment d knows; a nil d is an error.
func New(ctx context.Context, d driver.Driver, o *Options) (*Identity, error) {
	if d == nil {
		return nil, errors.New("an identity needs a driver, which knows what is booted")
	}
	if o == nil {
		o = &Options{}
	}
	id, err := configured(ctx, d, o)
	if err != nil {
		return nil, fmt.Errorf("failed to validate agent identity configuration: %w", err)
	}
	if o.Logger != nil {
		o.Logger.DebugContext(ctx, "identity", "basearch", id.Basearch, "platform", id.Platform, "stream", id.Stream, "version", id.Booted.Version)
	}
	if o.Meter != nil {
		if id.Wariness != nil {
			o.Meter.Set(MetricWariness, *id.Wariness)
		}
		o.Meter.Set(MetricOSInfo, 1, id.Booted.Version, id.Basearch, id.Stream, id.Platform)
	}
	return id, nil
}

func configured(ctx context.Context, d driver.Driver, o *Options) (*Identity, error) {
	id, err := derived(ctx, d, o)
	if err != nil {
		return nil, fmt.Errorf("failed to build default identity: %w", err)
	}
	if o.Group != "" {
		id.Group = o.Group
	}
	if err := CheckGroup(id.Group); err != nil {
		return nil, err
	}
	if o.NodeUUID != "" {
		uuid, err := ParseID(o.NodeUUID)
		if err != nil {
			return nil, single("failed to parse node UUID", err)
		}
		id.NodeUUID = hex.EncodeToString(uuid[:])
	}
	if o.Wariness != nil {
		if err := CheckWariness(*o.Wariness); err != nil {
			return nil, err
		}
		w := *o.Wariness
		id.Wariness = &w
	}
	return id, nil
}

// derived is the identity without any configuration.
func derived(ctx context.Context, d driver.Driver, o *Options) (*Identity, error) {
	id := &Identity{Basearch: o.Basearch, Group: defaultGroup}
	if id.Basearch == "" {
		id.Basearch = Basearch("")
	}
	var err error
	if id.Booted, err = d.Booted(ctx); err != nil {
		return nil, err
	}
	root := o.Root
	if root == "" {
		root = "/"
	}
	dir, err := confine.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	path := filepath.Join(root, machineIDPath)
	machine, err := readFile(dir, machineIDPath)
	if err == nil {
		id.NodeUUID, err = NodeID(machine)
	}
	if err != nil {
		return nil, single("failed to get node ID: "+path, bare(err))
	}
	path = filepath.Join(root, cmdlinePath)
	cmdline, err := readFile(dir, cmdlinePath)
	if err != nil {
		return nil, fmt.Errorf("failed to read cmdline file %s: %w", path, bare(err))
	}
	if id.Platform, err = findPlatform(cmdline, path); err != nil {
		return nil, err
	}
	if id.Stream, err = id.Booted.Stream, id.Booted.StreamErr; err != nil {
		return nil, fmt.Errorf("failed to introspect OS updates stream: %w", err)
	}
	return id, nil
}

// single words an error whose cause belongs on the same line where causes are listed one by one, as zincati does.
func single(text string, err error) error { return &singleError{text + ": " + err.Error(), err} }

// singleError has its cause for errors.Is only.
type singleError struct {
	text  string
	cause error
}

func (e *singleError) Error() string        { return e.text }
func (e *singleError) Is(target error) bool { return errors.Is(e.cause, target) }

// bare is an error without the name of the file, which is that below the root.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// readFile reads a text. A FIFO in its place is not waited for.
func readFile(dir *confine.Root, name string) (string, error) {
	f, err := dir.OpenFile(name, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, maxFile)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(data) {
		return "", errors.New("not UTF-8")
	}
	return string(data), nil
}

// groupPattern is what the lock protocol allows.
const groupPattern = "^[a-zA-Z0-9.-]+$"

// CheckGroup refuses group names that servers do not take.
func CheckGroup(group string) error {
	if !fleetlock.ValidGroup(group) {
		return fmt.Errorf("invalid group label '%s': not conforming to expression '%s'", group, groupPattern)
	}
	return nil
}

// CheckWariness refuses what is not from 0 to 1.
func CheckWariness(w float64) error {
	text := strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(w, 'f', -1, 64), "+"))
	switch {
	case math.IsNaN(w):
		return errors.New("unexpected rollout wariness: NaN")
	case w < 0:
		return fmt.Errorf("unexpected negative rollout wariness: %s", text)
	case w > 1:
		return fmt.Errorf("unexpected overlarge rollout wariness: %s", text)
	}
	return nil
}

// URLVars returns the variables of URL templates: basearch, group, platform and stream. The id of the machine and its
// release are not among them, so that what is requested stays the same for many machines.
func (i *Identity) URLVars() map[string]string {
	return map[string]string{"basearch": i.Basearch, "group": i.Group, "platform": i.Platform, "stream": i.Stream}
}

// Params returns the parameters of a graph request to a server.
func (i *Identity) Params(baseURL string) cincinnati.Params {
	return cincinnati.Params{
		BaseURL: baseURL, Basearch: i.Basearch, Stream: i.Stream, Platform: i.Platform, Group: i.Group,
		NodeUUID: i.NodeUUID, OSVersion: i.Booted.Version, Payload: i.Booted.Payload, Wariness: i.Wariness,
	}
}
