//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver/native"
	"github.com/nestos-dev/nestos/zincati/service"
)

// release composes and publishes the second release.
func (l *life) release(ctx context.Context) (err error) {
	l.title("A new release, and what is new in it")
	if err := l.publishPackages(ctx, day(2), []*rpmtest.Spec{release("2.0"), greeter("2.0")}); err != nil {
		return err
	}
	if l.two, err = l.composeRelease(ctx, "2.0", day(2)); err != nil {
		return err
	}
	old, err := pkglist.Load(ctx, l.builds, l.one)
	if err != nil {
		return err
	}
	new, err := pkglist.Load(ctx, l.builds, l.two)
	if err != nil {
		return err
	}
	for _, c := range pkglist.Compare(old, new) {
		say("package %s: %s -> %s", c.Name, c.Old.EVR(), c.New.EVR())
	}
	delta, err := l.builds.GenerateDelta(ctx, &ostree.DeltaOptions{From: l.one, To: l.two, Time: day(2)})
	if err != nil {
		return err
	}
	if err := l.builds.UpdateSummary(ctx, nil); err != nil {
		return err
	}
	say("a static delta has the difference: %d bytes", delta.Size)
	return l.publishGraph(ctx)
}

// update lets the machine's agent find the release, stage it, wait for its turn, and finalize it.
func (l *life) update(ctx context.Context) error {
	l.title("The update: found in the graph, staged, finalized under the lock, booted")
	const other = "another-machine"
	if _, err := l.site.store.Lock(ctx, group, other); err != nil {
		return err
	}
	say("another machine reboots at the moment: it holds the only slot")
	if err := l.runAgent(ctx, func(ctx context.Context) error { return l.waitTurn(ctx, other) }); err != nil {
		return err
	}
	if err := l.showMenu(); err != nil {
		return err
	}
	if err := l.boot(); err != nil {
		return err
	}
	for _, name := range []string{"etc/hostname", "etc/zincati/config.d/50-site.toml"} {
		if _, err := l.read(name); err != nil {
			return err
		}
	}
	say("what was changed in /etc came along")
	if err := l.runAgent(ctx, l.waitReleased); err != nil {
		return err
	}
	say("its agent reported that it is up, and the slot is free again")
	return nil
}

// runAgent runs the agent of the running system, as its service does, until meanwhile ends or the machine reboots.
func (l *life) runAgent(ctx context.Context, meanwhile func(context.Context) error) error {
	ctx, reboot := context.WithCancel(ctx)
	defer reboot()
	d, err := native.Open(ctx, l.path("machine"), &native.Options{System: systemOptions(), Reboot: func(context.Context) error { reboot(); return nil }})
	if err != nil {
		return err
	}
	defer d.Close()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(l.root, service.MetricsSocket)), 0o755); err != nil { // by systemd-tmpfiles
		return err
	}
	ended := make(chan error, 1)
	go func() {
		defer reboot() // it does not start
		ended <- service.Run(ctx, &service.Options{
			Root: l.root, Driver: &narrator{Driver: d, life: l}, Clock: hurry{},
			IgnoreUsers: true, Deadend: func(context.Context, bool, string) error { return nil },
		})
	}()
	err = meanwhile(ctx)
	reboot()
	if failed := <-ended; failed != nil {
		return failed
	}
	return err
}

// narrator is the driver of the agent, and tells what it is asked to do.
type narrator struct {
	*native.Driver
	life *life
}

// Stage makes a release ready, and changes nothing that boots.
func (n *narrator) Stage(ctx context.Context, r cincinnati.Release, allowDowngrade bool) error {
	site := n.life.site
	objects, deltas := site.objects.Load(), site.deltas.Load()
	if err := n.Driver.Stage(ctx, r, allowDowngrade); err != nil {
		return err
	}
	say("the agent found %s (%.12s) in the graph and staged it, by %d files of a delta and %d objects;\nthe boot menu is still:",
		r.Version, r.Payload.Text, site.deltas.Load()-deltas, site.objects.Load()-objects)
	return n.life.showMenu()
}

// Finalize makes the release what boots next. By then the machine must hold the slot.
func (n *narrator) Finalize(ctx context.Context, p cincinnati.Payload) error {
	holders, _, err := n.life.site.holders(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(holders, []string{n.life.node}) {
		return fmt.Errorf("finalizing while %v may reboot", holders)
	}
	say("this machine (node %s…) holds the slot and finalizes", n.life.node[:8])
	return n.Driver.Finalize(ctx, p)
}

// waitTurn waits until the agent was refused, and ends the other machine's reboot.
func (l *life) waitTurn(ctx context.Context, other string) error {
	err := l.wait(ctx, func() (bool, error) {
		_, waiters, err := l.site.holders(ctx)
		if len(waiters) > 0 {
			l.node = waiters[0]
		}
		return len(waiters) > 0, err
	})
	if err != nil {
		return err
	}
	say("the agent asked for the slot and was refused; then the other machine came back")
	if _, err := l.site.store.Unlock(ctx, group, other); err != nil {
		return err
	}
	select {
	case <-ctx.Done(): // the reboot
		return nil
	case <-time.After(patience):
		return errors.New("the agent does not finalize")
	}
}

// waitReleased waits until no machine may reboot.
func (l *life) waitReleased(ctx context.Context) error {
	return l.wait(ctx, func() (bool, error) {
		holders, _, err := l.site.holders(ctx)
		return len(holders) == 0, err
	})
}

// patience is how long something may take that takes a moment.
const patience = 30 * time.Second

// wait asks until the answer is yes.
func (l *life) wait(ctx context.Context, done func() (bool, error)) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return errors.New("the agent does not do what it should")
}

// hurry is a clock whose five minutes are over in a tenth of a second.
type hurry struct{}

func (hurry) Now() time.Time { return time.Now() }

func (hurry) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d / 3000)
	return t.C, func() { t.Stop() }
}

// systemOptions are for a system that is a folder.
func systemOptions() *rpmostree.Options {
	return &rpmostree.Options{Epoch: day(3), Sysroot: sysroot.Options{MutableDeployments: true}}
}
