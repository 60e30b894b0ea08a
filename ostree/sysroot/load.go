//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// Load reads the list of deployments. If it was read before and nothing changed since, that is all it
// finds out.
//
// The order is: the repository, the live boot version (boot/loader) and sub-version (ostree/boot.N),
// the boot entries, of each the deployment it leads to with its origin, the booted one, the staged one.
func (s *Sysroot) Load(ctx context.Context) error {
	_, err := s.LoadIfChanged(ctx)
	return err
}

// LoadIfChanged is [Sysroot.Load] and tells whether anything was read.
func (s *Sysroot) LoadIfChanged(ctx context.Context) (changed bool, err error) {
	if changed, err = s.load(ctx); err != nil {
		return false, fmt.Errorf("loading sysroot: %w", err)
	}
	return changed, nil
}

// reload reads the list whatever its time says: clocks are coarser than we are fast. It follows a change that is in
// force, so that it is too late to cancel.
func (s *Sysroot) reload(ctx context.Context) error {
	s.state = nil
	return s.Load(context.WithoutCancel(ctx))
}

func (s *Sysroot) load(ctx context.Context) (changed bool, err error) {
	if err := s.openRepo(); err != nil {
		return false, err
	}
	if err := s.checkDevices(); err != nil {
		return false, err
	}
	st, err := s.root.Stat("ostree/deploy")
	if err != nil {
		return false, errno.New("fstatat", "ostree/deploy", err)
	}
	if s.state != nil && s.state.changed.Equal(st.ModTime()) {
		return false, nil
	}
	l := &loader{Sysroot: s, next: &state{changed: st.ModTime()}}
	if err := l.run(ctx); err != nil {
		return false, err
	}
	s.state = l.next
	return true, nil
}

// loader fills one state.
type loader struct {
	*Sysroot
	next     *state
	noLoader bool // boot/loader is missing
}

func (l *loader) run(ctx context.Context) error {
	if err := l.versions(); err != nil {
		return err
	}
	if err := l.readNextRoot(); err != nil {
		return err
	}
	if err := l.entries(ctx); err != nil {
		return err
	}
	if err := l.findBooted(); err != nil {
		return err
	}
	if err := l.unlockStates(); err != nil {
		return err
	}
	if err := l.addStaged(); err != nil {
		return err
	}
	l.finish()
	return nil
}

// versions finds out which of the two boot versions, and which of its two forms, is live.
func (l *loader) versions() error {
	if err := l.checkBoot(); err != nil {
		return err
	}
	st, err := l.root.Lstat("boot/loader")
	switch {
	case errors.Is(err, fs.ErrNotExist), errno.Text(err) == "Not a directory":
		l.noLoader = true
	case err != nil:
		return errno.New("fstatat", "boot/loader", err)
	case st.Mode().Type() != fs.ModeSymlink:
		return errors.New("Not a symbolic link: boot/loader")
	default:
		target, err := l.root.Readlink("boot/loader")
		if err != nil {
			return errno.New("readlinkat", "boot/loader", err)
		}
		switch target {
		case "loader.0":
		case "loader.1":
			l.next.bootVersion = 1
		default:
			return fmt.Errorf("Invalid target '%s' in boot/loader", target)
		}
	}
	l.next.subVersion, err = l.readSubVersion(l.next.bootVersion)
	return err
}

const vfatMagic = 0x4d44

// checkBoot refuses a /boot that cannot hold links.
func (l *loader) checkBoot() error {
	dir, err := l.root.OpenFile("boot", oDirectory, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errno.New("opendir", "boot", err)
	}
	defer dir.Close()
	if magic, err := fsMagic(dir); err == nil && magic == vfatMagic {
		return errors.New("/boot cannot currently be a vfat filesystem")
	}
	return nil
}

// readSubVersion reads which form of a boot version ostree/boot.N leads to; 0 if it is missing.
func (s *Sysroot) readSubVersion(bootVersion int) (int, error) {
	name := fmt.Sprintf("ostree/boot.%d", bootVersion)
	target, err := s.root.Readlink(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, errno.New("readlinkat", name, err)
	}
	switch {
	case strings.HasSuffix(target, ".0"):
		return 0, nil
	case strings.HasSuffix(target, ".1"):
		return 1, nil
	}
	return 0, fmt.Errorf("Invalid target '%s' in %s", target, name)
}

// entries reads the boot entries of the live version.
func (l *loader) entries(ctx context.Context) error {
	dir := fmt.Sprintf("boot/loader.%d/entries", l.next.bootVersion)
	files, err := bls.ReadDir(l.root.FS(), dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := alive(ctx); err != nil {
			return err
		}
		d, err := l.entry(f)
		if err != nil {
			return err
		}
		l.next.list = append(l.next.list, d)
	}
	return nil
}

// entry follows a boot entry to its deployment.
func (l *loader) entry(f bls.File) (*Deployment, error) {
	target, ok := kargs.BootTarget(f.Entry.Value(bls.KeyOptions))
	if !ok {
		l.log.Warn("a boot entry names no deployment", "file", f.Name)
		return nil, errors.New("No ostree= kernel argument found")
	}
	stateroot, bootChecksum, bootSerial, err := parseBootTarget(target)
	if err != nil {
		l.log.Warn("a boot entry names no deployment", "file", f.Name)
		return nil, err
	}
	d := &Deployment{Stateroot: stateroot, BootChecksum: bootChecksum, BootSerial: bootSerial, Entry: f.Entry, Tries: f.Tries(), onDisk: true}
	if err := l.follow(d, strings.TrimPrefix(target, "/")); err != nil {
		return nil, fmt.Errorf("Parsing deployment %s in stateroot '%s': %w", target, stateroot, err)
	}
	return d, nil
}

func (l *loader) follow(d *Deployment, link string) error {
	target, err := l.root.Readlink(link)
	if err != nil {
		return errno.New("readlinkat", link, err)
	}
	if d.Commit, d.Serial, err = parseDeployName(path.Base(target)); err != nil {
		return err
	}
	st, err := l.root.Stat(link + "/")
	if err != nil {
		return errno.New("opendir", link, err)
	}
	d.id = idOf(st)
	// Everything else goes by the name: a link to the deployment of another stateroot, for instance, would make
	// the cleanup delete what is booted.
	if named, err := l.root.Stat(d.Dir() + "/"); err != nil || idOf(named) != d.id {
		return fmt.Errorf("Invalid target '%s' in %s, expected %s", target, link, d.Dir())
	}
	for _, initrd := range d.Entry.Overlays() {
		sum, err := bls.OverlayChecksum(initrd)
		if err != nil {
			return err
		}
		d.OverlayInitrds = append(d.OverlayInitrds, sum)
	}
	d.Origin, err = l.loadOrigin(d)
	return err
}

// findBooted finds the deployment whose directory the initramfs recorded, or, of systems that did not, that is "/".
func (l *loader) findBooted() error {
	if !l.bootedRoot {
		return nil
	}
	dev, ino := l.bootedInfo.Device, l.bootedInfo.Inode
	want := devIno{dev, ino}
	if want == (devIno{}) {
		st, err := os.Stat("/")
		if err != nil {
			return errno.New("stat", "/", err)
		}
		want = idOf(st)
	}
	for _, d := range l.next.list {
		if d.id == want {
			l.next.booted = d
			return nil
		}
	}
	if l.noLoader {
		return errors.New("Unexpected state: /run/ostree-booted found, but no /boot/loader directory")
	}
	return errors.New("Unexpected state: /run/ostree-booted found and in / sysroot, but bootloader entry not found")
}

// unlockStates finds out which deployments have a writable /usr.
func (l *loader) unlockStates() error {
	for _, d := range l.next.list {
		u, err := l.unlockedState(d)
		if err != nil {
			return err
		}
		d.Unlocked = u
	}
	return nil
}

func (s *Sysroot) unlockedState(d *Deployment) (Unlocked, error) {
	for _, u := range []Unlocked{UnlockedDevelopment, UnlockedTransient} {
		switch _, err := os.Lstat(s.unlockFlag(d, u)); {
		case err == nil:
			return u, nil
		case !errors.Is(err, fs.ErrNotExist):
			return UnlockedNone, errno.New("fstatat", s.unlockFlag(d, u), err)
		}
	}
	if d.Origin == nil {
		return UnlockedNone, nil
	}
	switch v, ok := d.Origin.Value(originGroup, "unlocked"); {
	case !ok:
		return UnlockedNone, nil
	case v == "hotfix":
		return UnlockedHotfix, nil
	case v == "development":
		return UnlockedDevelopment, nil
	default:
		return UnlockedNone, fmt.Errorf("Invalid unlocked state '%s' in the origin of deployment %s", v, d.Name())
	}
}

// unlockFlag is the file that marks a deployment of the running system as unlocked.
func (s *Sysroot) unlockFlag(d *Deployment, u Unlocked) string {
	return s.runPath(filepath.Join("ostree/deployment-state", d.Name(), "unlocked-"+u.String()))
}

// readNextRoot reads which deployment was mounted for a soft reboot.
func (l *loader) readNextRoot() error {
	if !l.bootedRoot {
		return nil
	}
	name := l.runPath("ostree/nextroot-booted")
	b, err := readHostFile(name, maxStagedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := prepareroot.ParseBooted(b)
	if err != nil {
		return fmt.Errorf("parsing %s: %w", name, err)
	}
	l.next.nextRoot = &devIno{info.Device, info.Inode}
	return nil
}

// addStaged puts the staged deployment in front.
func (l *loader) addStaged() error {
	if l.next.booted == nil {
		return nil
	}
	d, err := l.readStaged()
	if err != nil {
		// A file in /run that nobody can read must not keep the system from being managed.
		l.log.Warn("the staged deployment cannot be read and is passed over", "error", err)
		l.next.stagedErr = err
		return nil
	}
	if d == nil {
		return nil
	}
	// Who edits its arguments must start from those that it is going to inherit.
	for _, merge := range l.next.list {
		if d.stage.merge.is(merge) {
			inheritKargs(d, merge)
		}
	}
	l.next.staged = d
	l.next.list = append([]*Deployment{d}, l.next.list...)
	return nil
}

// finish numbers the list and marks the target of a soft reboot; one that leads nowhere is forgotten.
func (l *loader) finish() {
	found := false
	for i, d := range l.next.list {
		d.Index = i
		if n := l.next.nextRoot; n != nil && d.id == *n {
			d.SoftRebootTarget, found = true, true
		}
	}
	if l.next.nextRoot != nil && !found {
		os.Remove(l.runPath("ostree/nextroot-booted"))
		l.next.nextRoot = nil
	}
}
