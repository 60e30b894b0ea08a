//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

// Cleanup deletes what no deployment of the list needs: the boot version that is not live, deployments
// that no entry leads to, their kernels, what killed runs left over, and objects of the repository. It
// also renews the refs that protect the deployments' commits, ostree/BOOTVERSION/SUBVERSION/INDEX.
//
// It refuses to work if boot/loader is gone or leads nowhere although there were deployments, as on a sysroot whose
// /boot is not mounted: without boot entries everything looks like garbage.
func (s *Sysroot) Cleanup(ctx context.Context) error { return s.cleanup(ctx, true) }

// PrepareCleanup is [Sysroot.Cleanup] but for the objects of the repository.
func (s *Sysroot) PrepareCleanup(ctx context.Context) error { return s.cleanup(ctx, false) }

func (s *Sysroot) cleanup(ctx context.Context, prune bool) error {
	if err := s.Load(ctx); err != nil {
		return err
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	if err := s.checkLoader(); err != nil {
		return err
	}
	if err := s.completeBootloader(ctx); err != nil {
		return fmt.Errorf("Completing the boot loader's update: %w", err)
	}
	if err := s.cleanBootVersions(); err != nil {
		return fmt.Errorf("Cleaning bootversions: %w", err)
	}
	if err := s.cleanDeployments(ctx); err != nil {
		return fmt.Errorf("Cleaning deployments: %w", err)
	}
	if err := s.cleanBoot(); err != nil {
		return fmt.Errorf("Cleaning boot: %w", err)
	}
	err := s.writeRefs(ctx)
	if errors.Is(err, syscall.ENOSPC) && prune {
		// The objects of deleted deployments may make room for the refs of the others.
		if err := s.pruneRepo(ctx); err != nil {
			return fmt.Errorf("Pruning system repository: %w", err)
		}
		err = s.writeRefs(ctx)
	}
	if err != nil {
		return fmt.Errorf("Generating deployment refs: %w", err)
	}
	if !prune {
		return nil
	}
	if err := s.pruneRepo(ctx); err != nil {
		return fmt.Errorf("Pruning system repository: %w", err)
	}
	return nil
}

// checkLoader sees that an empty list is one, and not a /boot that is damaged or not mounted: everything on the
// disk would be taken for garbage.
func (s *Sysroot) checkLoader() error {
	if _, err := s.root.Lstat("boot/loader"); err == nil {
		if _, err := s.root.Stat("boot/loader/"); isMissing(err) {
			return errors.New("boot/loader leads to a directory that does not exist; nothing is changed, as all deployments would be lost")
		}
		return s.checkEntries()
	}
	// The refs of a list are made after boot/loader, so that a first list that was not completed has none.
	refs, err := s.deploymentRefs()
	if err != nil || len(refs) == 0 {
		return err
	}
	return errors.New("boot/loader is missing, but there are refs of deployments; is /boot mounted? Nothing is changed, as all deployments would be lost")
}

// checkEntries sees that there are entries if there are links for them: a list without deployments has neither.
func (s *Sysroot) checkEntries() error {
	if len(s.written()) > 0 {
		return nil
	}
	dir := fmt.Sprintf("ostree/boot.%d", s.state.bootVersion)
	links, err := fs.Glob(s.root.FS(), dir+"/*/*/*")
	if err != nil || len(links) == 0 {
		return err
	}
	return fmt.Errorf("boot/loader has no entries, but %s leads to a deployment; nothing is changed, as all deployments would be lost", links[0])
}

// cleanBootVersions removes the versions that are not live, and links that a killed run had not put into place.
func (s *Sysroot) cleanBootVersions() error {
	live, other := s.state.bootVersion, 1-s.state.bootVersion
	names := []string{
		fmt.Sprintf("boot/loader.%d", other),
		fmt.Sprintf("ostree/boot.%d", other),
		fmt.Sprintf("ostree/boot.%d.0", other),
		fmt.Sprintf("ostree/boot.%d.1", other),
		fmt.Sprintf("ostree/boot.%d.%d", live, 1-s.state.subVersion),
		"boot/loader.tmp", "boot/loader.tmp.tmp", "ostree/boot.0.tmp", "ostree/boot.1.tmp",
	}
	for _, n := range names {
		// On a read-only file system even removing nothing fails.
		if _, err := s.root.Lstat(n); isMissing(err) {
			continue
		}
		if err := s.root.RemoveAll(n); err != nil && !isMissing(err) {
			return errno.New("unlinkat", n, err)
		}
	}
	return nil
}

// cleanDeployments deletes deployments that the list does not have, with all that belongs to them.
func (s *Sysroot) cleanDeployments(ctx context.Context) error {
	entries, err := s.root.ReadDir("ostree/deploy")
	if err != nil {
		return errno.New("opendir", "ostree/deploy", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if err := alive(ctx); err != nil {
			return err
		}
		if err := s.cleanStateroot(ctx, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sysroot) cleanStateroot(ctx context.Context, stateroot string) error {
	keep, live := map[string]bool{}, map[devIno]bool{}
	for _, d := range s.state.list {
		live[d.id] = true
		if d.Stateroot == stateroot {
			keep[d.Name()] = true
		}
	}
	dirs, err := s.deploymentDirs(stateroot)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		st, err := s.root.Stat(d.Dir())
		if err != nil {
			return errno.New("fstatat", d.Dir(), err)
		}
		// By its identity too: links can make the directory of another stateroot appear here.
		if id := idOf(st); keep[d.Name()] || live[id] || s.isRunningRoot(id) {
			keep[d.Name()] = true
			continue
		}
		if err := alive(ctx); err != nil {
			return err
		}
		if err := s.removeDeployment(d); err != nil {
			return err
		}
	}
	if err := s.cleanOrphans(stateroot, keep); err != nil {
		return err
	}
	// A link of very old releases.
	current := path.Join(stateDir(stateroot), "current")
	if st, err := s.root.Lstat(current); err == nil && st.Mode().Type() == fs.ModeSymlink {
		if err := s.root.Remove(current); err != nil {
			return errno.New("unlinkat", current, err)
		}
	}
	return nil
}

// isRunningRoot tells whether the running system lives in the directory, whatever the boot entries say, and
// even if the sysroot was opened by another path than "/".
func (s *Sysroot) isRunningRoot(id devIno) bool {
	return isRunningRoot(id) || s.running != nil && id == *s.running
}

// removeDeployment deletes a deployment: first what only refers to it, so that a killed run leaves a
// directory, which the next cleanup finds.
func (s *Sysroot) removeDeployment(d *Deployment) error {
	if err := s.removeTree(d.backingDir()); err != nil {
		return err
	}
	if err := s.root.Remove(d.originFile()); err != nil && !isMissing(err) {
		return errno.New("unlinkat", d.originFile(), err)
	}
	return s.removeTree(d.Dir())
}

// temporaryName matches files of killed runs: ours, and those of libostree.
var temporaryName = regexp.MustCompile(`^(tmp\.[0-9A-Za-z]{6}|` + regexp.QuoteMeta(atomicfile.TempPrefix) + `.*)$`)

// cleanOrphans removes origin files and backing directories without a deployment, and temporary files.
func (s *Sysroot) cleanOrphans(stateroot string, keep map[string]bool) error {
	for _, dir := range []string{deployDir(stateroot), backingDir(stateroot)} {
		entries, err := s.root.ReadDir(dir)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return errno.New("opendir", dir, err)
		}
		for _, e := range entries {
			if s.isOrphan(e, keep) {
				if err := s.removeTree(path.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return s.removeTemporaries(varDir(stateroot))
}

func (s *Sysroot) isOrphan(e fs.DirEntry, keep map[string]bool) bool {
	name := e.Name()
	if temporaryName.MatchString(name) {
		return e.Type().IsRegular()
	}
	if name, ok := originFileOf(name); ok && e.Type().IsRegular() {
		_, _, err := parseDeployName(name)
		return err == nil && !keep[name]
	}
	if _, _, err := parseDeployName(name); err != nil || !e.IsDir() {
		return false
	}
	return !keep[name]
}

// removeTemporaries removes our own temporary files that lie directly in a directory.
func (s *Sysroot) removeTemporaries(dir string) error {
	entries, err := s.root.ReadDir(dir)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return errno.New("opendir", dir, err)
	}
	for _, e := range entries {
		entry := strings.HasSuffix(e.Name(), entryTemp) && bls.IsName(strings.TrimSuffix(e.Name(), entryTemp))
		if e.Type().IsRegular() && (strings.HasPrefix(e.Name(), atomicfile.TempPrefix) || entry) {
			if err := s.root.Remove(path.Join(dir, e.Name())); err != nil {
				return errno.New("unlinkat", e.Name(), err)
			}
		}
	}
	return nil
}

var bootDirPattern = regexp.MustCompile(`^(.+)-([0-9a-f]{64})$`)

// cleanBoot deletes kernels and overlay initrds that no deployment of the list needs.
func (s *Sysroot) cleanBoot() error {
	kernels, overlays := map[string]bool{}, map[string]bool{}
	for _, d := range s.state.list {
		kernels[d.BootChecksum] = true
		for _, sum := range d.OverlayInitrds {
			overlays[sum+".img"] = true
		}
	}
	if err := s.cleanKernels(kernels); err != nil {
		return err
	}
	entries, err := s.root.ReadDir(overlayDir)
	if err != nil && !isMissing(err) {
		return errno.New("opendir", overlayDir, err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !overlays[e.Name()] {
			if err := s.root.Remove(path.Join(overlayDir, e.Name())); err != nil {
				return errno.New("unlinkat", e.Name(), err)
			}
		}
	}
	if len(overlays) == 0 && err == nil {
		s.root.Remove(overlayDir) // if it is empty
	}
	live := fmt.Sprintf("boot/loader.%d", s.state.bootVersion)
	for _, dir := range []string{"boot", "boot/ostree", live, live + "/entries"} {
		if err := s.removeTemporaries(dir); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sysroot) cleanKernels(keep map[string]bool) error {
	const dir = "boot/ostree"
	entries, err := s.root.ReadDir(dir)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return errno.New("opendir", dir, err)
	}
	boot, err := s.openDir("boot")
	if err != nil {
		return err
	}
	defer boot.Close()
	for _, e := range entries {
		m := bootDirPattern.FindStringSubmatch(e.Name())
		switch {
		case m == nil || !e.IsDir():
		case keep[m[2]]:
			if err := kernel.RemoveStale(boot, path.Join("ostree", e.Name())); err != nil {
				return err
			}
		default:
			if err := s.root.RemoveAll(path.Join(dir, e.Name())); err != nil {
				return errno.New("unlinkat", e.Name(), err)
			}
		}
	}
	return nil
}

// writeRefs makes the refs that keep the deployments' commits, and deletes those of other versions. New ones
// come first: at no moment is a commit of the list without one.
//
// The transaction also removes what interrupted transactions left in the repository.
func (s *Sysroot) writeRefs(ctx context.Context) error {
	want := map[string]object.Checksum{}
	for i, d := range s.state.list {
		want[fmt.Sprintf("ostree/%d/%d/%d", s.state.bootVersion, s.state.subVersion, i)] = d.Commit
	}
	have, err := s.deploymentRefs()
	if err != nil {
		return err
	}
	txn, err := s.repo.Begin(ctx, nil)
	if errors.Is(err, syscall.ENOSPC) && maps.Equal(have, want) {
		return nil
	}
	if err != nil {
		return err
	}
	defer txn.Abort()
	for name, c := range want {
		if have[name] != c {
			if err := txn.SetRef(name, c); err != nil {
				return err
			}
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			if err := txn.SetRef(name, object.Checksum{}); err != nil {
				return err
			}
		}
	}
	_, err = txn.Commit(ctx)
	return err
}

// deploymentRefs returns the refs of all versions.
func (s *Sysroot) deploymentRefs() (map[string]object.Checksum, error) {
	have := map[string]object.Checksum{}
	for _, version := range []string{"ostree/0", "ostree/1"} {
		refs, err := s.repo.Refs(version)
		if err != nil && !errors.Is(err, ostree.ErrNotFound) {
			return nil, err
		}
		for _, r := range refs {
			if r.Remote == "" {
				have[r.Name] = r.Checksum
			}
		}
	}
	return have, nil
}

// pruneRepo deletes objects that neither a ref nor a deployment needs.
func (s *Sysroot) pruneRepo(ctx context.Context) error {
	depth := 0
	opts := &ostree.PruneOptions{RefsOnly: true, Depth: &depth}
	for _, d := range s.state.list {
		opts.Keep = append(opts.Keep, d.Commit)
	}
	stats, err := s.repo.Prune(ctx, opts)
	if err != nil {
		return err
	}
	if stats.Freed > 0 {
		s.message("Freed objects: %s", humansize.Format(stats.Freed))
	}
	return nil
}
