package afterburn

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// Work says what [Run] does. Paths are those of this process: they are not looked for below [Options.Root].
type Work struct {
	// Provider is the id, one of [Providers]; [PlatformID] finds it.
	Provider string
	// Attributes is the file for the attributes, see [Attributes.AppendEnv]; empty means none is written.
	Attributes string
	// SSHKeysUser is the user whose keys are installed, or removed if there are none; empty means nobody.
	SSHKeysUser string
	// Hostname is the file for the machine's name; empty means none is written.
	Hostname string
	// NetworkUnits, Netplan and NetworkManager are directories for units of systemd-networkd, a configuration of netplan,
	// and keyfiles of NetworkManager; empty means none are written.
	NetworkUnits, Netplan, NetworkManager string
	// CheckIn tells the cloud that the machine is up.
	CheckIn bool
	// Report receives everything that the provider knows, as one line of JSON; see [Report].
	Report io.Writer
}

func (w *Work) nothing() bool {
	return w.Attributes == "" && w.SSHKeysUser == "" && w.Hostname == "" && w.NetworkUnits == "" && w.Netplan == "" &&
		w.NetworkManager == "" && !w.CheckIn && w.Report == nil
}

// Run asks the provider, and does the work in this order: attributes, keys, hostname, units, netplan, NetworkManager,
// check-in, report. Whatever is needed is asked for at the same time, each document once. The first error ends the run:
// what comes later is not done, what was done stays. Each file is replaced as a whole.
func Run(ctx context.Context, w Work, opt *Options) error {
	log := opt.logger()
	if w.nothing() {
		log.Warn("multi: no action specified")
	}
	p, err := New(ctx, w.Provider, opt)
	if err != nil {
		return fmt.Errorf("fetching metadata from provider: %w", err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(ctx)
	r := &runner{ctx: ctx, work: w, opt: opt, log: log, provider: p}
	r.begin()
	defer func() {
		cancel() // after an error the other answers are of no use
		r.end()
	}()
	return r.steps()
}

// runner does the work of one run.
type runner struct {
	ctx      context.Context
	work     Work
	opt      *Options
	log      *slog.Logger
	provider Provider

	attributes *future[Attributes]
	keys       *future[[]sshkeys.Key]
	hostname   *future[name]
	network    *future[*netconf.Config]
	netplan    *future[string]
}

// name is a hostname, if there is one.
type name struct {
	text string
	ok   bool
}

// blank reports a name of which nothing is left once it is made fit for a machine, which is none. An empty name is one
// for the providers that say so.
func (n name) blank() bool {
	return n.text != "" && ShortHostname(strings.Trim(n.text, hostnameBlanks)) == ""
}

// begin asks for everything that will be needed.
func (r *runner) begin() {
	all := r.work.Report != nil
	if s, ok := r.provider.(AttributeSource); ok && (all || r.work.Attributes != "") {
		r.attributes = start(r.ctx, s.Attributes)
	}
	if s, ok := r.provider.(KeySource); ok && (all || r.work.SSHKeysUser != "") {
		r.keys = start(r.ctx, s.SSHKeys)
	}
	if s, ok := r.provider.(HostnameSource); ok && (all || r.work.Hostname != "") {
		r.hostname = start(r.ctx, func(ctx context.Context) (n name, err error) {
			n.text, n.ok, err = s.Hostname(ctx)
			return n, err
		})
	}
	if s, ok := r.provider.(NetworkSource); ok && (all || r.work.NetworkUnits != "" || r.work.NetworkManager != "") {
		r.network = start(r.ctx, s.Network)
	}
	if s, ok := r.provider.(NetplanSource); ok && (all || r.work.Netplan != "") {
		r.netplan = start(r.ctx, s.Netplan)
	}
}

// end waits until nothing uses the provider any more.
func (r *runner) end() {
	for _, f := range []interface{ wait() }{r.attributes, r.keys, r.hostname, r.network, r.netplan} {
		f.wait()
	}
}

func (r *runner) steps() error {
	w := &r.work
	for _, step := range []struct {
		wanted bool
		do     func() error
		text   string
	}{
		{w.Attributes != "", r.writeAttributes, "writing metadata attributes"},
		{w.SSHKeysUser != "", r.writeKeys, "writing ssh keys"},
		{w.Hostname != "", r.writeHostname, "writing hostname"},
		{w.NetworkUnits != "", r.writeUnits, "writing network units"},
		{w.Netplan != "", r.writeNetplan, "writing netplan config"},
		{w.NetworkManager != "", r.writeProfiles, "writing NetworkManager profile"},
		{w.CheckIn, r.checkIn, "checking-in instance boot to cloud provider"},
		{w.Report != nil, r.report, "writing report"},
	} {
		if !step.wanted {
			continue
		}
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.text, err)
		}
	}
	return nil
}

func (r *runner) writeAttributes() error {
	a, err := r.attributes.get()
	if err != nil {
		return err
	}
	return writeAttributes(r.work.Attributes, a, r.opt.prefix(), r.log)
}

func (r *runner) writeKeys() error {
	keys, err := r.keys.get()
	if err != nil {
		return err
	}
	if r.keys == nil {
		r.log.Warn("ssh-keys requested, but not supported on this platform")
	}
	o := &sshkeys.InstallOptions{Root: r.opt.root(), Logger: r.log, Journal: r.opt.journal()}
	_, err = sshkeys.Install(r.ctx, r.work.SSHKeysUser, keys, o)
	return err
}

func (r *runner) writeHostname() error {
	n, err := r.hostname.get()
	if err != nil || !n.ok || n.blank() {
		return err
	}
	return writeHostname(r.work.Hostname, n.text, r.log)
}

func (r *runner) writeUnits() error {
	c, err := r.config()
	if err != nil {
		return err
	}
	files, err := c.Networkd()
	if err != nil {
		return err
	}
	return writeFiles(r.work.NetworkUnits, files)
}

func (r *runner) writeProfiles() error {
	c, err := r.config()
	if err != nil {
		return err
	}
	files, err := c.NetworkManager(r.log)
	if err != nil {
		return err
	}
	return writeFiles(r.work.NetworkManager, files)
}

// config returns the network of a provider, which is empty if it knows nothing of it.
func (r *runner) config() (*netconf.Config, error) {
	c, err := r.network.get()
	if err == nil && c == nil {
		c = &netconf.Config{}
	}
	return c, err
}

func (r *runner) writeNetplan() error {
	text, err := r.netplan.get()
	if err != nil {
		return err
	}
	var files []netconf.File
	if text != "" {
		files = []netconf.File{{Name: "50-afterburn.yaml", Mode: 0o600, Data: []byte(text)}}
	}
	return writeFiles(r.work.Netplan, files)
}

// writeFiles writes files into a directory, which is made. Other files there stay.
func writeFiles(path string, files []netconf.File) error {
	dir, err := outfile.Open(path, true)
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, f := range files {
		mode := f.Mode
		if mode&0o077 != 0 {
			mode = umasked(0o666) & f.Mode
		}
		if err := dir.Write(f.Name, f.Data, mode); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) checkIn() error {
	s, ok := r.provider.(CheckInSource)
	if !ok {
		r.log.Warn("boot check-in requested, but not supported on this platform")
		return nil
	}
	return s.CheckIn(r.ctx)
}

// future is something that was asked for. Nil is for what a provider does not know.
type future[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func start[T any](ctx context.Context, ask func(context.Context) (T, error)) *future[T] {
	f := &future[T]{done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.value, f.err = ask(ctx)
	}()
	return f
}

func (f *future[T]) wait() {
	if f != nil {
		<-f.done
	}
}

func (f *future[T]) get() (T, error) {
	if f == nil {
		var none T
		return none, nil
	}
	<-f.done
	return f.value, f.err
}
